/** What a machine's console says, check by check. */
import { actionSince, flagSince } from '../../out/bpf/since.js'
import { verdict } from '../../out/bpf/verdict.js'
import { filterFlags } from '../../out/kernel/flags.js'
import { kernelAtLeast, parseKernel } from '../../out/policy/target.js'

/** Of the probe's own tests; one that prints fewer has not come to its end. */
const PROBE_CHECKS = 7

/** @returns `{ name, ok, why }` for each check; `why` where it isn't */
export const judge = (machine, release, { output, late }) => {
  const lines = output.split('\n')
  const checks = []
  const check = (name, ok, why) => checks.push({ name, ok, why: ok ? '' : why })
  const tail = lines.slice(-20).join('\n')
  check('starts', lines.includes('vm: started'), tail)
  check(
    'comes to its end',
    lines.includes('vm: ended') && !late,
    late ? `it had to be stopped; last:\n${tail}` : tail,
  )

  const facts = factsOf(lines)
  check(
    'runs the kernel that was meant',
    facts.get('release') === release,
    `${facts.get('release')}, not ${release}`,
  )
  const lacking = lackingIn(facts)
  check(
    `lacks ${machine.lacks.join(', ') || 'no action and no flag'}`,
    lacking.join() === machine.lacks.join(),
    `lacks ${lacking.join(', ') || 'none'}`,
  )
  const tooNew = Object.entries({ ...actionSince, ...flagSince })
    .filter(([, version]) => !kernelAtLeast(parseKernel(release), parseKernel(version)))
    .map(([name]) => name)
  check(
    'lacks what the table of versions says',
    lacking.join() === tooNew.join(),
    `the table: ${tooNew.join(', ')}`,
  )
  check('has notifications of the known size', facts.get('sizes') === '80 24 64', facts.get('sizes'))

  const probed = lines.filter((line) => /^(not )?ok - /.test(line))
  for (const line of probed)
    check(line.replace(/^(not )?ok - /, ''), !line.startsWith('not'), detailsAfter(lines, line))
  check(
    'the probe came to its end',
    probed.length === PROBE_CHECKS,
    `${probed.length} of ${PROBE_CHECKS} checks`,
  )
  if (machine.node === undefined) return checks

  const tests = lines.filter((line) => /^(not )?ok \d+ - /.test(line))
  for (const line of tests)
    check(
      `Node: ${line.replace(/^(not )?ok \d+ - /, '')}`,
      !line.startsWith('not'),
      detailsAfter(lines, line),
    )
  const planned = Number(lines.find((line) => /^1\.\.\d+$/.test(line))?.slice(3))
  check(
    `Node ${machine.node} made all its tests`,
    tests.length === planned,
    `${tests.length} of ${planned || 'an unknown number'}; last:\n${tail}`,
  )
  return checks
}

/** `# fact NAME VALUE` */
const factsOf = (lines) =>
  new Map(
    lines
      .map((line) => /^# fact ((?:action |flags )?\w+) (.*)$/.exec(line))
      .filter(Boolean)
      .map(([, name, value]) => [name, value]),
  )

/** Two flags go only together with another one (kernel/seccomp.c, seccomp_set_mode_filter). */
const together = {
  SECCOMP_FILTER_FLAG_TSYNC_ESRCH: filterFlags.SECCOMP_FILTER_FLAG_TSYNC,
  SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV: filterFlags.SECCOMP_FILTER_FLAG_NEW_LISTENER,
}

/** Names, in the tables' order. */
const lackingIn = (facts) => [
  ...Object.keys(actionSince).filter((name) => facts.get(`action ${verdict(name)}`) !== '1'),
  ...Object.keys(flagSince).filter(
    (name) => facts.get(`flags ${filterFlags[name] | (together[name] ?? 0)}`) !== '1',
  ),
]

/** What a failing test says about itself: the indented lines below it, or the probe's remarks. */
const detailsAfter = (lines, line) => {
  const at = lines.indexOf(line)
  const rest = lines.slice(at + 1)
  const end = rest.findIndex((each) => !/^(\s|# (call|wait))/.test(each))
  return [...remarksBefore(lines, at), ...rest.slice(0, end < 0 ? undefined : end)].join('\n')
}

const remarksBefore = (lines, at) => {
  let from = at
  while (lines[from - 1]?.startsWith('# call')) from--
  return lines.slice(from, at)
}
