/**
 * `npm run bench`: our filters against libseccomp's, side by side in one run, on one machine. Prints tables, or with
 * `--json` all figures; exits with 1 when a budget of budgets.json is broken, with 2 when it can't measure.
 * `--quick` takes fewer rounds. Needs Linux, a C compiler and libseccomp's header (Debian: gcc, libseccomp-dev).
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cpus, release } from 'node:os'
import { parseArgs } from 'node:util'
import { decode } from '../out/bpf/encode.js'
import { assemblePolicy, compilePolicy } from '../out/filter/compile.js'
import { prove } from '../out/filter/prove/prove.js'
import { openLibseccomp } from '../test/differential/libseccomp.js'
import { attachTimes } from './attach.js'
import { compileTimes, growth, scaleCurve } from './compile-time.js'
import { importTime } from './import-time.js'
import { cached, executed, longerThan } from './instructions.js'
import { comparedPolicies } from './policies.js'
import { table } from './table.js'

const options = { json: { type: 'boolean' }, quick: { type: 'boolean' } }
const { json, quick } = parseArgs({ options }).values
const rounds = quick ? 5 : 25
const budgets = JSON.parse(readFileSync(new URL('budgets.json', import.meta.url), 'utf8'))
const print = (text) => {
  if (!json) console.log(text)
}

const libseccomp = openLibseccomp()
if (libseccomp.missing) {
  console.error(`bench: ${libseccomp.missing}`)
  process.exit(2)
}

/** Everything about one set of architectures: figures for the table, and those that have a budget. */
const compare = (policy) => {
  const filter = compilePolicy(policy.resolve())
  const ours = { program: filter.instructions, bytes: filter.bytes }
  const [o1, o2] = [1, 2].map((optimize) => {
    const [{ bytes, error }] = libseccomp.build([policy.opponent(optimize)])
    if (!bytes) throw new Error(`libseccomp refuses the policy: ${error}`)
    return { program: decode(bytes, 'little'), bytes }
  })
  // Figures of filters that mean different things would say nothing.
  for (const { program } of [o1, o2])
    if (prove(program, filter.policy).result !== 'proved') throw new Error('libseccomp means something else')
  const attach = attachTimes([o1.bytes, o2.bytes, ours.bytes], rounds * 40)
  const compile = compileTimes(libseccomp, policy, rounds)
  const rows = [
    ['libseccomp O1', o1, attach[0], undefined],
    ['libseccomp O2', o2, attach[1], compile.theirs],
    ['seccomp', ours, attach[2], compile.ours],
  ].map(([name, { program }, microseconds, milliseconds]) => ({
    name,
    instructions: program.length,
    executed: executed(program, filter.policy),
    cached: cached(program, filter.policy),
    attachMicroseconds: microseconds,
    compileMilliseconds: milliseconds,
  }))
  const here = rows[2]
  const longer = longerThan(ours.program, o2.program, filter.policy)
  const full = assemblePolicy(policy.full).length
  return {
    name: policy.name,
    leftOut: [...policy.left],
    rows,
    longer: longer.map(({ args, ...rest }) => ({ ...rest, args: args.map(String) })),
    figures: {
      instructions: Math.max(full, here.instructions),
      'executed mean, allowed calls': here.executed.mean,
      'executed max, allowed calls': here.executed.max,
      'calls that run longer than in libseccomp O2': longer.length,
      "allowed calls that the kernel's cache misses": here.cached.allowed - here.cached.taken,
      'attach time / libseccomp O2': attach[2] / attach[1],
      'compile + prove / libseccomp O2': compile.ours / compile.theirs,
    },
  }
}

const printComparison = ({ name, leftOut, rows, longer }) => {
  print(`\nDocker's default profile, as crun loads it, ${name}`)
  if (leftOut.length) print(`(without ${leftOut.join(', ')}: unknown to this libseccomp)`)
  const cells = rows.map((row) => [
    row.name,
    row.instructions,
    `${row.executed.mean.toFixed(2)} / ${row.executed.max}`,
    `${row.cached.taken} of ${row.cached.allowed}`,
    row.attachMicroseconds.toFixed(1),
    row.compileMilliseconds?.toFixed(2) ?? '',
  ])
  print(table(['', 'instructions', 'executed mean / max', 'cached', 'attach µs', 'compile ms'], cells))
  const most = longer.reduce((worst, { here, there }) => Math.max(worst, here - there), 0)
  const where = [...new Set(longer.map(({ arch }) => arch))].join(', ')
  if (most)
    print(`${longer.length} calls run up to ${most} instructions more than in libseccomp O2, on ${where}`)
}

const comparisons = comparedPolicies(libseccomp).map((policy) => {
  const comparison = compare(policy)
  printComparison(comparison)
  return comparison
})
const startup = importTime(rounds)
print(
  `\nimport 'seccomp': ${startup.milliseconds.toFixed(1)} ms more than an empty module; ` +
    `with a first compile ${startup.millisecondsToFirstCompile.toFixed(1)} ms more`,
)
// In a process of its own: what a fork costs depends on how large this one has become.
const script = new URL('spawn.js', import.meta.url).pathname
const spawns = JSON.parse(
  execFileSync(process.execPath, [script, String(rounds * 20), '--json'], { encoding: 'utf8' }),
)
for (const [kind, { plain, ratio }] of Object.entries(spawns))
  print(`${kind} of /bin/true: ${plain.toFixed(2)} ms, under docker-default ${ratio.toFixed(3)} times that`)
const curve = scaleCurve(quick ? 200 : 1000)
print('\nGrowth with the number of conditions')
print(
  table(
    ['', 'conditions', 'instructions', 'compile ms', 'prove ms'],
    curve.map(({ shape, size, instructions, compile, prove: proof }) => [
      shape,
      size,
      instructions,
      compile.toFixed(2),
      proof.toFixed(2),
    ]),
  ),
)

const figures = {
  ...Object.fromEntries(comparisons.map(({ name, figures: own }) => [name, own])),
  import: { 'start with import / start without': startup.ratio },
  spawn: {
    'spawn / child_process.spawn': spawns.spawn.ratio,
    'spawnSync / child_process.spawnSync': spawns.spawnSync.ratio,
  },
  scale: Object.fromEntries(
    [...new Set(curve.map(({ shape }) => shape))].map((shape) => [
      `growth beyond n log n, ${shape}`,
      growth(curve, shape),
    ]),
  ),
}
const checked = Object.entries(budgets).flatMap(([part, limits]) =>
  Object.entries(limits).map(([name, limit]) => {
    const value = figures[part][name]
    // A figure that went missing is a broken budget too.
    return { part, name, value, limit, kept: value <= limit }
  }),
)
print('\nBudgets')
print(
  table(
    ['', '', 'now', 'budget', ''],
    checked.map(({ part, name, value, limit, kept }) => [
      part,
      name,
      Number.isInteger(value) ? value : value.toFixed(3),
      limit,
      kept ? '' : 'BROKEN',
    ]),
  ),
)
if (json) {
  const machine = { kernel: release(), cpu: cpus()[0]?.model, node: process.version }
  console.log(
    JSON.stringify({ machine, comparisons, startup, spawns, curve, budgets: checked }, undefined, 2),
  )
}
if (checked.some(({ kept }) => !kept)) process.exitCode = 1
