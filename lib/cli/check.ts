import type { Command } from 'commander'
import { SeccompError } from '../errors.ts'
import { wrap } from '../inspect/wrap.ts'
import { hostTarget } from '../kernel/host.ts'
import { processStatus } from '../kernel/status.ts'
import { kernelSupport } from '../kernel/support.ts'
import { launcherPath } from '../process/spawn/launcher.ts'
import { exitCodes } from './exit-codes.ts'
import { print, printJson } from './output.ts'

/** `seccomp check`: what this kernel offers, who may use it, and what holds for this process already. */

export const define = (command: Command): void => {
  command
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Example:
  $ seccomp check && echo "filters can be enforced here"

Exit code 0 when a filter can be enforced here, 1 when not. "hidden" means that
a filter which is already in force answered in the kernel's place.`,
    )
    .action(check)
}

type Report = ReturnType<typeof examine>

const check = ({ json }: { json?: boolean }): void => {
  const report = examineOrWhyNot()
  if (report instanceof SeccompError) {
    if (json) printJson({ enforceable: false, reason: report.message, code: report.code })
    else print(`filters  no: ${report.message}\n`)
    process.exitCode = exitCodes.no
    return
  }
  if (json) printJson(report)
  else print(describe(report))
  process.exitCode = report.enforceable ? exitCodes.done : exitCodes.no
}

/** On another platform, or without the native part, the answer is no, and the error says why. */
const examineOrWhyNot = (): Report | SeccompError => {
  try {
    return examine()
  } catch (error) {
    if (error instanceof SeccompError) return error
    throw error
  }
}

const examine = () => {
  const kernel = kernelSupport()
  const { threads, capabilities, uid } = processStatus()
  const { mode, filters, noNewPrivileges } = threads[0]!
  const privileged = capabilities.effective.includes('CAP_SYS_ADMIN')
  return {
    enforceable: kernel.filters === true,
    architecture: hostTarget().arch,
    kernel,
    /** A filter needs one of the two (seccomp(2), EACCES); anybody may set no_new_privs. */
    whoMay: { withNoNewPrivileges: true, withoutNoNewPrivileges: privileged },
    process: { uid, mode, filters, noNewPrivileges },
    launcher: launcherPath(),
  }
}

const describe = ({ enforceable, architecture, kernel, whoMay, process: own, launcher }: Report): string => {
  const sizes = kernel.notificationSizes
  const rows: [string, string][] = [
    ['kernel', `${kernel.release} ${architecture}`],
    ['filters', answer(kernel.filters) + (enforceable ? ' (CONFIG_SECCOMP, CONFIG_SECCOMP_FILTER)' : '')],
    ['who may', who(whoMay.withoutNoNewPrivileges)],
    ['launcher', launcher],
    ['', ''],
    ...Object.entries(kernel.actions).map(([name, has]): [string, string] => [name, answer(has)]),
    ['', ''],
    ...Object.entries(kernel.flags).map(([name, has]): [string, string] => [
      name.replace('SECCOMP_FILTER_FLAG_', ''),
      answer(has),
    ]),
    ['', ''],
    ['logged', kernel.actionsLogged?.join(' ') ?? 'not told'],
    [
      'notification',
      sizes
        ? `${sizes.notification} bytes, response ${sizes.response}, data ${sizes.data}`
        : 'no (Linux 5.0), or hidden by a filter',
    ],
    ['', ''],
    ['this process', `${state(own)}, no_new_privs ${own.noNewPrivileges ? 'set' : 'not set'}`],
  ]
  const width = Math.max(...rows.map(([name]) => name.length))
  const line = ([name, value]: [string, string]): string =>
    wrap(value.split(' '), { first: `${name.padEnd(width)}  `, indent: ' '.repeat(width + 2) }).trimEnd()
  return rows.map((row) => `${line(row)}\n`).join('')
}

const answer = (has: boolean | null): string => (has === null ? 'hidden' : has ? 'yes' : 'no')

const who = (privileged: boolean): string =>
  `any process that sets no_new_privs; without it CAP_SYS_ADMIN, which this process ${privileged ? 'has' : "hasn't"}`

const state = ({ mode, filters }: Report['process']): string => {
  if (mode !== 'filter') return mode === 'strict' ? 'strict mode' : 'no filter'
  return filters === null ? 'filtered' : `${filters} filter${filters === 1 ? '' : 's'}`
}
