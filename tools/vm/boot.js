/** One virtual machine from start to end, under software emulation: no KVM is asked for, so that it runs anywhere. */
import { spawn } from 'node:child_process'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { Unavailable } from './packages.js'

/** Far more than it takes: emulation on a busy machine is slow, and a time-out must mean that it hangs. */
const LONGEST = 600_000
const LONGEST_START = 180_000

/**
 * A machine whose kernel dies, or doesn't come as far as its first program, is started again, which is said: that is the
 * emulator's part. What the tests say, or that they hang, is final.
 * @param files `{ kernel, initramfs, log }`: what it starts with, and where its console's text is kept
 * @returns what it wrote to its console, and whether it had to be stopped
 * @throws Unavailable without the emulator
 */
export const boot = async (machine, files) => {
  let ended = await bootOnce(machine, files)
  for (let again = 0; again < 2 && diedByItself(ended); again++) {
    const last = ended.output.trimEnd().split('\n').slice(-3).join(' / ')
    console.log(
      `${machine.name}: its kernel ended early under emulation, and is started again; last: ${last}`,
    )
    ended = await bootOnce(machine, files)
  }
  return ended
}

const STARTED = 'vm: started'
const diedByItself = ({ output, late }) =>
  !output.includes(STARTED) || !(late || output.includes('vm: ended'))

const bootOnce = (machine, { kernel, initramfs, log }) =>
  new Promise((resolve, reject) => {
    // loglevel=1: only a panic's last words may come between the tests' lines.
    const append = `console=${machine.console} quiet loglevel=1 panic=-1`
    const files = ['-kernel', kernel, '-initrd', initramfs, '-append', append]
    // The console goes to a file: a pipe that isn't read for a while is full soon, and then the emulator drops what comes.
    const bare = ['-accel', 'tcg', '-smp', '1', '-display', 'none', '-nodefaults', '-no-reboot']
    const serial = ['-serial', `file:${log}`]
    rmSync(log, { force: true })
    const child = spawn(machine.emulator, [...machine.options, ...bare, ...serial, ...files], {
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    const output = () => (existsSync(log) ? readFileSync(log, 'utf8').replaceAll('\r', '') : '')
    let late = false
    const stop = () => {
      late = true
      child.kill('SIGKILL')
    }
    const end = setTimeout(stop, LONGEST)
    const start = setTimeout(() => output().includes(STARTED) || stop(), LONGEST_START)
    const settle = (how, what) => {
      clearTimeout(start)
      clearTimeout(end)
      how(what)
    }
    child.once('error', (error) =>
      settle(reject, error.code === 'ENOENT' ? new Unavailable(`there is no ${machine.emulator}`) : error),
    )
    child.once('exit', () => settle(resolve, { output: output(), late }))
  })
