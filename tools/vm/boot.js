/** One virtual machine from start to end, under software emulation: no KVM is asked for, so that it runs anywhere. */
import { spawn } from 'node:child_process'
import { Unavailable } from './packages.js'

/**
 * @returns what it wrote to its console, and whether it switched itself off in time
 * @throws Unavailable without the emulator
 */
export const boot = (machine, { kernel, initramfs, timeout }) =>
  new Promise((resolve, reject) => {
    // loglevel=1: only a panic's last words may come between the tests' lines.
    const append = `console=${machine.console} quiet loglevel=1 panic=-1`
    const files = ['-kernel', kernel, '-initrd', initramfs, '-append', append]
    const bare = [
      '-accel',
      'tcg',
      '-smp',
      '1',
      '-display',
      'none',
      '-nodefaults',
      '-serial',
      'stdio',
      '-no-reboot',
    ]
    const child = spawn(machine.emulator, [...machine.options, ...bare, ...files], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    let late = false
    const timer = setTimeout(() => {
      late = true
      child.kill('SIGKILL')
    }, timeout)
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => {
        output += text
      })
    child.once('error', (error) => {
      clearTimeout(timer)
      reject(error.code === 'ENOENT' ? new Unavailable(`there is no ${machine.emulator}`) : error)
    })
    child.once('close', () => {
      clearTimeout(timer)
      resolve({ output: output.replaceAll('\r', ''), late })
    })
  })
