import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkProgram } from '../../lib/bpf/check.ts'
import { op, type Program } from '../../lib/bpf/instruction.ts'
import { verdict } from '../../lib/bpf/verdict.ts'
import { prove } from '../../lib/filter/prove/prove.ts'
import { formatCall } from '../../lib/inspect/call-text.ts'
import { compile } from '../../lib/kernel/compile.ts'
import { parseProfile } from '../../lib/profile/parse.ts'
import { verify } from '../../lib/testing/verify.ts'
import { scratch } from '../cli/scratch.ts'
import { seccomp } from '../cli/seccomp.ts'
import { type Mutant, mutantsOf, mutations } from '../filter/mutants.ts'
import { ask, canFilter } from './victims.ts'

const rule = (names: readonly string[], action: string, more: object = {}): object => ({
  names,
  action: `SCMP_ACT_${action}`,
  ...more,
})

describe.runIf(canFilter)('verify', () => {
  test('the kernel agrees with Docker’s default, for every architecture that it runs', async () => {
    const { agrees, differences, architectures, questions } = await verify('docker-default')
    expect(differences).toEqual([])
    expect(agrees).toBe(true)
    expect(architectures.map(({ architecture }) => architecture)).toEqual(
      process.arch === 'x64' ? ['x86_64', 'x32', 'x86'] : ['aarch64'],
    )
    for (const { architecture, skipped, numbers, questions } of architectures) {
      if (skipped !== null) console.log(`skipped: calls of ${architecture}, because ${skipped}`)
      else expect([numbers > 400, questions > numbers]).toEqual([true, true])
    }
    expect(questions).toBe(architectures.reduce((sum, each) => sum + each.questions, 0))
  })

  test('a profile that allows everything is asked about every call, and none is made', async () => {
    // reboot, exit_group, kill and the rest are among them: this test ends, and so does the machine's day.
    const profile = { defaultAction: 'SCMP_ACT_ALLOW', syscalls: [rule(['getpid'], 'LOG')] }
    expect(await verify(profile)).toMatchObject({ agrees: true, differences: [] })
  })

  test('every kind of verdict is told from all others', async () => {
    const args = (op: string, value: number, valueTwo = 0): object => ({
      args: [{ index: 1, op: `SCMP_CMP_${op}`, value, valueTwo }],
    })
    const profile = {
      defaultAction: 'SCMP_ACT_ERRNO',
      defaultErrnoRet: 4095,
      syscalls: [
        rule(['getpid'], 'KILL_PROCESS'),
        rule(['getppid'], 'KILL_THREAD'),
        rule(['kill'], 'TRAP'),
        rule(['mount'], 'TRACE', { errnoRet: 7 }),
        rule(['chroot'], 'LOG'),
        rule(['unshare'], 'NOTIFY'),
        rule(['setns'], 'ALLOW'),
        rule(['ioctl'], 'ALLOW', args('MASKED_EQ', 0xff00, 0x5400)),
        rule(['socket'], 'ALLOW', args('GT', 0x1_0000_0005)),
        rule(['prctl'], 'ERRNO', { errnoRet: 0, ...args('LE', 0x8000_0000) }),
      ],
    }
    for (const as of ['runc', 'safe'] as const)
      expect(await verify(profile, { as })).toMatchObject({ agrees: true, differences: [] })
  })

  test('filters that stack are held to the one profile that they make up', async () => {
    const denying = (...syscalls: object[]): object => ({ defaultAction: 'SCMP_ACT_ALLOW', syscalls })
    const first = rule(['mkdirat', 'fchmod'], 'ERRNO', { errnoRet: 13 })
    const second = rule(['socket'], 'ERRNO', {
      errnoRet: 1,
      args: [{ index: 0, value: 40, op: 'SCMP_CMP_EQ' }],
    })
    const filters = [compile(denying(first)), compile(denying(second))]
    expect(await verify(filters)).toMatchObject({
      agrees: true,
      instructions: [expect.any(Number), expect.any(Number)],
    })
    const programs = filters.map(({ instructions }) => instructions)
    const whole = denying(first, second)
    expect(await verify(whole, { filters: programs })).toMatchObject({ agrees: true, differences: [] })
    const alone = await verify(whole, { filters: programs.slice(1) })
    expect(alone.agrees).toBe(false)
    expect(new Set(alone.differences.map(({ name }) => name))).toEqual(new Set(['mkdirat', 'fchmod']))
  })

  test('a filter is asked as it is, and compiled no second time', async () => {
    expect(await verify(compile('docker-default'))).toMatchObject({ agrees: true })
    await expect(verify(compile('docker-default'), { as: 'runc' })).rejects.toMatchObject({
      code: 'ERR_USAGE',
    })
    await expect(verify('docker-default', { filter: [] } as object)).rejects.toMatchObject({
      message: 'no option is called "filter"; did you mean "filters"?',
    })
    await expect(verify([])).rejects.toMatchObject({ code: 'ERR_USAGE' })
  })

  test('only filters of this machine can be asked', async () => {
    const arch = process.arch === 'x64' ? 'aarch64' : 'x86_64'
    await expect(verify(compile('docker-default', { arch }))).rejects.toMatchObject({
      code: 'ERR_TARGET_INVALID',
    })
  })
})

/** A small profile whose every check is on a call of this machine's own. */
const profile = parseProfile({
  defaultAction: 'SCMP_ACT_ERRNO',
  syscalls: [
    rule(['read', 'write', 'close', 'mmap', 'munmap', 'futex'], 'ALLOW'),
    rule(['socket'], 'ALLOW', { args: [{ index: 0, value: 40, op: 'SCMP_CMP_NE' }] }),
    rule(['personality'], 'ALLOW', { args: [{ index: 0, value: 0x20008, op: 'SCMP_CMP_EQ' }] }),
    rule(['unshare'], 'ALLOW', {
      args: [{ index: 0, value: 0x7e020000, valueTwo: 0, op: 'SCMP_CMP_MASKED_EQ' }],
    }),
    rule(['lseek'], 'LOG', { args: [{ index: 1, value: 0x1_0000_0000, op: 'SCMP_CMP_GE' }] }),
    rule(['reboot'], 'KILL_PROCESS'),
  ],
})

/** The first mutant of each kind that isn't the profile's filter by another road, as the prover sees it. */
const brokenFilters = (): readonly (Mutant & { witness: string })[] => {
  const { instructions, policy } = compile(profile)
  const found = new Map<string, Mutant & { witness: string }>()
  for (const mutant of fc.sample(mutantsOf(instructions), { numRuns: 2000, seed: 7 })) {
    if (found.has(mutant.kind) || checkProgram(mutant.program)) continue
    const proof = prove(mutant.program, policy)
    // What concerns architectures that this kernel hasn't got can't be asked here.
    if (proof.result !== 'differs' || proof.call.arch !== policy.architectures[0]!.audit) continue
    found.set(mutant.kind, { ...mutant, witness: formatCall(proof.call) })
  }
  return [...found.values()]
}

describe.runIf(canFilter)('a broken compiler', () => {
  const mutants = brokenFilters()

  test('makes ten kinds of broken filters, which the prover knows for broken', () => {
    expect(mutants.map(({ kind }) => kind).sort()).toEqual(Object.keys(mutations).sort())
    expect(mutants).toHaveLength(10)
  })

  test.each(mutants)('is caught by the kernel’s answers: $kind', async ({ program }) => {
    const { agrees, differences } = await verify(profile, { filters: [program] })
    expect(agrees).toBe(false)
    const { kernel, profile: meant } = differences[0]!
    expect(kernel).not.toBe(meant)
  })
})

const file = (text: string | Uint8Array, name = 'p.json'): string =>
  `${scratch({ [name]: text as string })}/${name}`

describe.runIf(canFilter)('seccomp verify', () => {
  test('prints a table and ends with 0 when the kernel agrees', async () => {
    const { code, stdout, stderr } = await seccomp(['verify', 'docker-default'])
    expect(stderr).not.toContain('seccomp:')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^architecture +numbers +calls asked +differences +a second\n/)
    expect(stdout).toMatch(/\nagrees: the kernel gave each of [\d,]+ calls the profile's verdict\n$/)
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80)
  })

  test('shows the calls that differ and ends with 1, for a filter that is no such profile’s', async () => {
    const filter = file(compile('docker-default').bytes, 'f.bpf')
    const json = await seccomp(['verify', file(profileText), '--filter', filter, '--json'])
    expect(json.code).toBe(1)
    const { questions, differences, agrees } = JSON.parse(json.stdout)
    expect(agrees).toBe(false)
    expect(questions).toBeGreaterThan(1000)
    const allowed = differences.find(({ call }: { call: { name: string } }) => call.name === 'dup')
    expect(allowed).toMatchObject({
      call: { name: 'dup' },
      kernel: { text: 'ALLOW' },
      profile: { text: 'ERRNO(EPERM)' },
      decidedBy: expect.stringContaining('default'),
    })
    const text = await seccomp(['verify', file(profileText), '--filter', filter])
    expect(text.code).toBe(1)
    expect(text.stdout).toMatch(/differs: [\d,]+ of [\d,]+ calls got another verdict/)
    expect(text.stdout).toMatch(/\nkernel: {2}ALLOW\nprofile: ERRNO\(EPERM\), decided by /)
  })

  test('ends with 2 for a bad profile or filter', async () => {
    expect(await seccomp(['verify', file('{}')])).toMatchObject({ code: 2, stdout: '' })
    const noFilter = file(Uint8Array.of(1, 2, 3), 'f.bpf')
    expect(await seccomp(['verify', 'docker-default', '--filter', noFilter])).toMatchObject({ code: 2 })
  })

  test('ends with 78 where no filter can be put in force', async () => {
    const closed = file(
      JSON.stringify({
        defaultAction: 'SCMP_ACT_ALLOW',
        syscalls: [rule(['seccomp'], 'ERRNO', { errnoRet: 0 })],
      }),
    )
    const { code, stdout, stderr } = await seccomp([
      ...['run', '--profile', closed, '--', process.execPath],
      ...['bin/seccomp.js', 'verify', 'docker-default'],
    ])
    expect(stdout).toBe('')
    expect(stderr).toContain("in the kernel's place")
    expect(code).toBe(78)
  })
})

const profileText = JSON.stringify({ defaultAction: 'SCMP_ACT_ERRNO', syscalls: [rule(['getpid'], 'ALLOW')] })

describe.runIf(canFilter)('an ordinary user', () => {
  test('verifies and probes as the superuser does', () => {
    const answer = ask('ordinary-user') as { uid: number; value: number } | null
    if (answer === null) {
      console.log('skipped: verify as an ordinary user, who can’t reach this folder')
      return
    }
    expect(answer).toMatchObject({ agrees: true, outcomes: ['trace', 'notification', 'returned'] })
    expect(answer.value).toBe(answer.uid)
    expect(answer.uid).not.toBe(0)
  })
})

describe.runIf(canFilter)('the canary', () => {
  test('asks nothing under a filter that would let a call through', async () => {
    const { askKernel } = await import('../../lib/testing/ask.ts')
    const jump: Program = [
      { code: op.JA, jt: 0, jf: 0, k: 1 },
      { code: op.RET_A, jt: 0, jf: 0, k: 0 },
      { code: op.RET_K, jt: 0, jf: 0, k: verdict('ALLOW') },
    ]
    await expect(askKernel(jump, new Uint32Array(16), 10_000)).rejects.toMatchObject({
      code: 'ERR_FILTER_INVALID',
    })
  })
})
