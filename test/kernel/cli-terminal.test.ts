import { spawnSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { bin, execute } from '../cli/seccomp.ts'
import { canFilter } from './victims.ts'

// script(1) of util-linux gives its command a terminal.
const script =
  canFilter && spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout?.includes('util-linux')
if (canFilter && !script)
  console.log('skipped: Ctrl-C on a terminal, because script(1) of util-linux is not there')

const CTRL_C = '\x03'

describe.runIf(script)('seccomp run on a terminal', () => {
  test('lets one Ctrl-C be one SIGINT', async () => {
    const count = `let n = 0, end
      process.on('SIGINT', () => {
        console.log('interrupt')
        n++
        clearTimeout(end)
        end = setTimeout(() => { console.log('interrupts: ' + n); process.exit(4) }, 1500)
      })
      console.log('ready'); setInterval(() => {}, 1000)`
    const words = [process.execPath, bin, 'run', '--', process.execPath, '-e', count]
    const command = `exec ${words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ')}`
    // Three, one after the other: two signals that come at the same moment are one, which would hide a second.
    let output = ''
    let sent = 0
    const result = await execute('script', ['-qec', command, '/dev/null'], {
      keepInput: true,
      meanwhile: (child) =>
        child.stdout?.on('data', (chunk) => {
          output += chunk
          // One for each answer; the terminal's own echo of ^C is none.
          if (sent >= Math.min(3, output.match(/(ready|interrupt)\r\n/g)?.length ?? 0)) return
          sent++
          setTimeout(() => child.stdin?.write(CTRL_C), 300)
        }),
    })
    expect(result.stdout).toContain('interrupts: 3\r\n')
    expect(result.code).toBe(4)
  })

  test('refuses to write a binary filter to it', async () => {
    const command = `exec '${process.execPath}' '${bin}' compile docker-default --quiet`
    const result = await execute('script', ['-qec', command, '/dev/null'])
    expect(result.stdout).toContain('would garble the terminal')
    expect(result.code).toBe(2)
  })
})
