import { describe, expect, test } from 'vitest'
import { allNodes, installedNode, majors } from '../node/nodes.ts'
import { live, refusals, refuse, refusing } from './live.ts'
import { canFilter } from './victims.ts'

/** Besides the Node that runs this, those that `npm run test:nodes` has fetched. */
const nodes = (canFilter ? majors : [])
  .map((major) => ({ major, node: installedNode(major) }))
  .filter(({ node }) => node !== undefined && (allNodes || node === process.execPath))
if (canFilter && !allNodes)
  console.log("skipped: preflight on other Nodes than this, which 'npm run test:nodes' tests")

describe.each(nodes)('a running Node $major', ({ node }) => {
  test.concurrent.for(refusals)('that is refused %s ends as preflight says', async ([, need, profile]) => {
    const attempt = { profile, hangs: need.refused === 'hang' }
    let { said, end, trace } = await live(node!, attempt)
    // Once in some hundred lives a Worker has no need to map V8's code, by how memory is laid out, and all goes well.
    for (let again = 0; end === 'well' && said.refused && again < 3; again++)
      ({ said, end, trace } = await live(node!, attempt))
    const fatal = said.findings.filter(({ severity }) => severity === 'fatal')
    if (fatal.length === 0) return expect(end, trace).toBe('well')
    expect(fatal.map(({ syscall }) => syscall)).toEqual([need.syscall])
    expect(said.refused).toBe('ERR_PREFLIGHT')
    expect(end, trace).toBe(fatal[0]!.consequence === 'hang' ? 'hang' : 'signal')
    return undefined
  })

  test.concurrent.for([
    ['nothing', [], false],
    ['clone3 with ENOSYS', [refuse('clone3', 'ENOSYS')], false],
    ['getrandom with ENOSYS', [refuse('getrandom', 'ENOSYS')], false],
    ['io_uring_setup', [refuse('io_uring_setup')], false],
    [
      'new threads and children once the pool is there',
      [refuse('clone3', 'ENOSYS'), refuse('clone'), refuse('rseq'), refuse('wait4')],
      // libuv names its threads since 1.50 only, so preflight can't see a warm pool on every Node.
      true,
    ],
  ] as const)('that is refused %s lives', async ([, rules, warm]) => {
    const { said, end, trace } = await live(node!, { profile: refusing(...rules), warm })
    expect(end, trace).toBe('well')
    const unseen = warm && said.findings.some(({ syscall }) => syscall === 'clone')
    if (!unseen) expect(said).toEqual({ findings: [] })
  })

  test.concurrent('hangs when a thread is killed, and dies when the process is', async () => {
    const kill = (action: string): object => refusing({ names: ['set_robust_list'], action })
    const thread = await live(node!, {
      profile: kill('SCMP_ACT_KILL_THREAD'),
      options: { as: 'runc' },
      hangs: true,
    })
    expect(thread.said.findings).toMatchObject([
      { severity: 'fatal', syscall: 'set_robust_list', consequence: 'hang' },
    ])
    expect(thread.end, thread.trace).toBe('hang')
    const whole = await live(node!, { profile: kill('SCMP_ACT_KILL_PROCESS') })
    expect(whole.said.refused).toBeUndefined()
    expect(whole.said.findings).toMatchObject([
      { severity: 'possible', syscall: 'set_robust_list', consequence: 'crash' },
    ])
    expect(whole.end, whole.trace).toBe('signal')
  })
})
