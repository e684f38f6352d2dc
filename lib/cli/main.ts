/** `seccomp`, the command: picks the verb, reports errors, sets the exit code. Each verb is a file beside this one. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command, CommanderError } from 'commander'
import { packageRoot } from '../kernel/binding.ts'
import { exitCodeHelp, exitCodes } from './exit-codes.ts'
import { refuseRepeated } from './once.ts'
import { quietOnBrokenPipe } from './output.ts'
import { exitCodeOf, reportError } from './report-error.ts'
import type { Verb } from './verb.ts'

const verbs: readonly Verb[] = [
  { name: 'run', summary: 'run a command under a profile', load: () => import('./run.ts') },
  { name: 'check', summary: 'what this kernel offers', load: () => import('./check.ts') },
  { name: 'compile', summary: 'turn a profile into a filter', load: () => import('./compile.ts') },
  {
    name: 'prove',
    summary: 'check a filter from anywhere against a profile',
    load: () => import('./prove.ts'),
  },
  {
    name: 'verify',
    summary: 'have the kernel answer for every call of a profile',
    load: () => import('./verify.ts'),
  },
  {
    name: 'explain',
    summary: 'which rule decides a call, why, and what to ask for',
    load: () => import('./explain.ts'),
  },
  { name: 'simulate', summary: 'ask what one call would get, and why', load: () => import('./simulate.ts') },
  {
    name: 'diff',
    summary: 'every call that two profiles or filters answer differently',
    load: () => import('./diff.ts'),
  },
  {
    name: 'test',
    summary: 'whether a profile does what a file expects of it',
    load: () => import('./test.ts'),
  },
  { name: 'lint', summary: 'known holes and traps of a profile', load: () => import('./lint.ts') },
  {
    name: 'audit',
    summary: 'the calls of kernel audit records or strace, and a profile of them',
    load: () => import('./audit.ts'),
  },
  { name: 'disasm', summary: 'read a filter', load: () => import('./disasm.ts') },
  { name: 'asm', summary: 'a filter from what disasm prints', load: () => import('./asm.ts') },
  {
    name: 'inspect',
    summary: 'what a running process is under',
    load: () => import('./inspect.ts'),
  },
]

const version = (): string => {
  const text = readFileSync(join(packageRoot(), 'package.json'), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}

const main = async (args: readonly string[]): Promise<void> => {
  const program = new Command('seccomp')
    .description('Write, check, prove, apply and test Linux system-call filters.')
    .version(version(), '-V, --version', 'print the version')
    .helpCommand('help [command]', 'help for a command')
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'seccomp: ')) })
    .addHelpText('after', exitCodeHelp)
  const used = args.filter((arg) => !arg.startsWith('-')).slice(0, 2)
  for (const { name, summary, load } of verbs) {
    const command = program.command(name).description(summary)
    if (!used.includes(name)) continue
    const { define } = await load()
    define(command)
    refuseRepeated(command)
  }
  await program.parseAsync(args, { from: 'user' })
}

quietOnBrokenPipe()
try {
  await main(process.argv.slice(2))
} catch (error) {
  if (error instanceof CommanderError) {
    // It has printed the help, the version or what is wrong; help that wasn't asked for means that no verb was given.
    process.exitCode = error.exitCode === 0 ? exitCodes.done : exitCodes.usage
  } else {
    reportError(error)
    process.exitCode = exitCodeOf(error)
  }
}
