import type { Command } from 'commander'
import type { Program } from '../bpf/instruction.ts'
import { formatCall } from '../inspect/call-text.ts'
import { wrap } from '../inspect/wrap.ts'
import { loadProfile } from '../load.ts'
import { formatVerdict } from '../policy/format.ts'
import type { Difference } from '../testing/tally.ts'
import { type Verification, verify } from '../testing/verify.ts'
import { exitCodes } from './exit-codes.ts'
import { print, printJson } from './output.ts'
import { Progress } from './progress.ts'
import { readProgram } from './read-program.ts'
import { addPolicyOptions, compileOptions, type TargetFlags } from './target-options.ts'
import { verdictDocument } from './verdict-document.ts'

/** `seccomp verify`: the kernel answers for every call, and a profile is held to that. */

interface VerifyFlags extends TargetFlags {
  readonly filter: readonly string[]
  readonly json?: boolean
}

export const define = (command: Command): void => {
  command.argument('<profile>', 'a preset or a file')
  addPolicyOptions(command)
    .option(
      '--filter <file>',
      'ask this filter in place of the compiled one; once for each of a stack, in the order they are installed; - is standard input',
      (file: string, files: readonly string[]) => [...files, file],
      [],
    )
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Examples:
  $ seccomp verify docker-default
  $ seccomp verify profile.json --filter made-elsewhere.bpf --as runc

Every call of every architecture that this kernel runs is made, with arguments
at the edges of what the profile compares, in a throw-away process whose filter
refuses them all: no call takes effect, and each is told which verdict it would
have got. Needs no privilege.

Exit code: 0 the kernel agrees with the profile; 1 it doesn't, and the first
calls that differ are shown; 2 bad usage or a bad profile; 78 no filter can be
put in force here.`,
    )
    .action(verifyProfile)
}

const verifyProfile = async (source: string, flags: VerifyFlags): Promise<void> => {
  const profile = await loadProfile(source)
  const filters: Program[] = []
  for (const file of flags.filter) filters.push(await readProgram(file, 'little'))
  const progress = new Progress()
  const found = await verify(profile, {
    ...compileOptions(flags),
    ...(filters.length && { filters }),
    onProgress: (answered, questions) =>
      progress.say(
        `verify: ${answered.toLocaleString('en')} of ${questions.toLocaleString('en')} calls asked`,
      ),
  }).finally(() => progress.end())
  if (flags.json) printJson(document(found))
  else print(report(found))
  process.exitCode = found.agrees ? exitCodes.done : exitCodes.no
}

const count = (number: number): string => number.toLocaleString('en')

const report = (found: Verification): string => {
  const rows = [
    ['architecture', 'numbers', 'calls asked', 'differences', 'a second'],
    ...found.architectures.map((each) => [
      each.architecture,
      count(each.numbers),
      count(each.questions),
      count(each.differences),
      each.perSecond === null ? '-' : count(each.perSecond),
    ]),
  ]
  return `${table(rows)}${notAsked(found)}\n${verdictOf(found)}`
}

const table = (rows: readonly (readonly string[])[]): string => {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  const cell = (text: string, column: number): string =>
    column === 0 ? text.padEnd(widths[0]!) : text.padStart(widths[column]!)
  return rows.map((row) => `${row.map(cell).join('  ')}\n`).join('')
}

const notAsked = ({ architectures }: Verification): string =>
  architectures
    .flatMap(({ architecture, skipped, exempt }) => [
      ...(skipped === null ? [] : [`${architecture}: ${skipped}`]),
      ...(exempt.length
        ? [
            `${exempt.map(({ nr, name }) => `${name ?? 'call'} (${nr})`).join(', ')} on ${architecture}: ${exempt[0]!.reason}`,
          ]
        : []),
    ])
    .map((line) => `${wrap(`not asked: ${line}`.split(' '), { indent: '  ' })}\n`)
    .join('')

const SHOWN = 10

const verdictOf = ({ agrees, questions, differences, architectures }: Verification): string => {
  if (agrees) return `agrees: the kernel gave each of ${count(questions)} calls the profile's verdict\n`
  const total = architectures.reduce((sum, each) => sum + each.differences, 0)
  const more = differences.length - SHOWN
  return [
    `differs: ${count(total)} of ${count(questions)} calls got another verdict than the profile's\n`,
    ...differences.slice(0, SHOWN).map(describe),
    ...(more > 0 ? [`\nand ${count(more)} more; --json lists them\n`] : []),
  ].join('')
}

const describe = ({ call, architecture, kernel, profile, decidedBy, count: like }: Difference): string => {
  const others = like > 1 ? `, and ${count(like - 1)} more of this number` : ''
  return `
call:    ${formatCall(call)} on ${architecture}${others}
kernel:  ${kernel === undefined ? 'let it past the filter; nothing more was asked' : formatVerdict(kernel, architecture)}
profile: ${formatVerdict(profile, architecture)}, decided by ${decidedBy}
`
}

const document = (found: Verification): object => ({
  ...found,
  differences: found.differences.map(({ call, architecture, name, kernel, profile, decidedBy, count }) => ({
    call: { name, architecture, ...call },
    kernel: kernel === undefined ? null : verdictDocument(kernel, architecture),
    profile: verdictDocument(profile, architecture),
    decidedBy,
    count,
  })),
})
