/**
 * The package on other kernels and machines: each is a virtual one, which runs the same probe and, where there is Node,
 * the tests of test/vm/guest. `npm run test:vms`, or with names of machines (tools/vm/machines.js) only those.
 *
 * Prints a line for each check; writes test-results/vms.json and each console's text beside it. What can't be had here
 * (emulator, kernel package, compiler) is a skip that says why; a machine that starts and doesn't keep its word is a
 * failure, and the exit code 1.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join, resolve } from 'node:path'
import { boot } from './boot.js'
import { makeInitramfs } from './initramfs.js'
import { judge } from './judge.js'
import { machines } from './machines.js'
import { kernelImage, Unavailable } from './packages.js'

const results = resolve(import.meta.dirname, '../../test-results')
mkdirSync(results, { recursive: true })

const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !machines.some((machine) => machine.name === name))
if (unknown.length > 0) {
  console.error(
    `no such machine: ${unknown.join(', ')}; there are ${machines.map(({ name }) => name).join(', ')}`,
  )
  process.exit(2)
}

/** As `judge` has it; undefined for a machine that can't be had. */
const runMachine = async (machine) => {
  try {
    const { image, release } = kernelImage(
      { suite: machine.suite, architecture: machine.debian },
      machine.kernelPackage,
    )
    const initramfs = makeInitramfs(machine, release)
    const log = join(results, `vm-${machine.name}.log`)
    const ended = await boot(machine, { kernel: image, initramfs, log })
    return judge(machine, release, ended)
  } catch (error) {
    if (!(error instanceof Unavailable)) return [{ name: 'can be made', ok: false, why: error.stack }]
    console.log(`${machine.name}: skipped, because ${error.message}`)
    return undefined
  }
}

const totals = { passed: 0, failed: 0, skipped: 0 }

const report = async (machine) => {
  const start = Date.now()
  const checks = await runMachine(machine)
  if (!checks) {
    totals.skipped++
    return
  }
  for (const { name, ok, why } of checks) {
    console.log(
      `${machine.name}: ${ok ? 'ok' : 'NOT OK'}: ${name}${why ? `\n${why.replace(/^/gm, '    ')}` : ''}`,
    )
    totals[ok ? 'passed' : 'failed']++
  }
  console.log(`${machine.name}: ${checks.length} checks in ${Math.round((Date.now() - start) / 1000)} s`)
}

const queue = machines.filter(({ name }) => wanted.length === 0 || wanted.includes(name))
const work = async () => {
  for (let machine = queue.shift(); machine; machine = queue.shift()) await report(machine)
}
// A developer's machine has other things to do.
const atOnce = process.env.CI ? availableParallelism() : 1
await Promise.all(Array.from({ length: atOnce }, work))
writeFileSync(join(results, 'vms.json'), `${JSON.stringify(totals)}\n`)
console.log(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} machines skipped`)
process.exitCode = totals.failed > 0 ? 1 : 0
