import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { type Difference, diff } from '../../lib/inspect/diff/diff.ts'
import { formatVerdict } from '../../lib/policy/format.ts'
import { formatProfile } from '../../lib/profile/format.ts'
import { findPreset } from '../../lib/profile/presets/index.ts'
import { type ArchitectureName, architectures } from '../../lib/syscalls/architectures.ts'
import { numberOf } from '../../lib/syscalls/numbers.ts'
import { sharedData } from '../shared-data.ts'

/**
 * Edits of one rule in profiles from elsewhere. What each must change follows from the edit and the table of numbers
 * alone: no code under test has a say in it.
 */

interface Document {
  defaultAction: string
  defaultErrnoRet?: number
  syscalls: DocumentRule[]
}

interface DocumentRule {
  names: string[]
  action: string
  errnoRet?: number
  args?: { index: number; value: number; valueTwo?: number; op: string }[]
  includes?: { caps?: string[]; minKernel?: string; arches?: string[] }
  excludes?: { caps?: string[]; arches?: string[] }
}

/** name: [what it got, what it gets], on each architecture that has it; `some`: for some arguments only. */
type Expected = Readonly<Record<string, readonly [before: string, after: string, some?: 'some']>>

interface Edit {
  readonly what: string
  readonly edit: (document: Document) => void
  readonly expected: Expected
}

const options = { arch: 'x86_64', kernel: '6.18', capabilities: 'docker' } as const
const here: readonly ArchitectureName[] = ['x86_64', 'x86', 'x32']

const isPlain = ({ action, args, includes, excludes }: DocumentRule): boolean =>
  action === 'SCMP_ACT_ALLOW' &&
  ![args, includes, excludes].some((part) => part && Object.keys(part).length > 0)

const ruleWith = (document: Document, name: string): DocumentRule => {
  const rule = document.syscalls.find((each) => isPlain(each) && each.names.includes(name))
  if (!rule) throw new Error(`${name} isn't allowed by a rule without conditions: pick another`)
  return rule
}

const remove = (name: string, fallback: string): Edit => ({
  what: `${name} removed`,
  edit: (document) => {
    const rule = ruleWith(document, name)
    rule.names = rule.names.filter((each) => each !== name)
  },
  expected: { [name]: ['ALLOW', fallback] },
})

const add = (name: string, fallback: string): Edit => ({
  what: `${name} added to a rule`,
  edit: (document) => document.syscalls.find(isPlain)!.names.push(name),
  expected: { [name]: [fallback, 'ALLOW'] },
})

const addRule = (what: string, rule: DocumentRule, expected: Expected): Edit => ({
  what,
  edit: (document) => document.syscalls.push(rule),
  expected,
})

const errno = (name: string, errnoRet: number, text: string, before: string): Edit =>
  addRule(
    `${name} answers ${text}`,
    { names: [name], action: 'SCMP_ACT_ERRNO', errnoRet },
    {
      [name]: [before, `ERRNO(${text})`],
    },
  )

const action = (name: string, to: string, text: string): Edit => ({
  what: `${name} gets ${text}`,
  edit: (document) => {
    const rule = ruleWith(document, name)
    rule.names = rule.names.filter((each) => each !== name)
    document.syscalls.push({ names: [name], action: to })
  },
  expected: { [name]: ['ALLOW', text] },
})

const conditional = (name: string, fallback: string, op: string, value: number, valueTwo = 0): Edit => ({
  what: `${name} allowed for ${op} ${value} only`,
  edit: (document) => {
    const rule = ruleWith(document, name)
    rule.names = rule.names.filter((each) => each !== name)
    document.syscalls.push({
      names: [name],
      action: 'SCMP_ACT_ALLOW',
      args: [{ index: 1, value, valueTwo, op }],
    })
  },
  expected: { [name]: ['ALLOW', fallback, 'some'] },
})

/** A rule that only counts for others, which must not be seen here. */
const elsewhere = (what: string, gates: Partial<DocumentRule>): Edit =>
  addRule(what, { names: ['add_key'], action: 'SCMP_ACT_ALLOW', ...gates }, {})

/** Thirty edits; `fallback` is what the profile's default answers. Calls that are
 * refused are named by no rule of any of the three. */
const editsOf = (fallback: string): readonly Edit[] => [
  remove('getpid', fallback),
  remove('openat', fallback),
  remove('execve', fallback),
  remove('futex', fallback),
  remove('mmap', fallback),
  remove('sched_yield', fallback),
  remove('umask', fallback),
  add('add_key', fallback),
  add('io_uring_setup', fallback),
  add('afs_syscall', fallback),
  add('getpmsg', fallback),
  add('create_module', fallback),
  errno('request_key', 13, 'EACCES', fallback),
  errno('putpmsg', 22, 'EINVAL', fallback),
  errno('io_uring_enter', 12, 'ENOMEM', fallback),
  action('getppid', 'SCMP_ACT_LOG', 'LOG'),
  action('kill', 'SCMP_ACT_TRAP', 'TRAP'),
  action('chmod', 'SCMP_ACT_KILL_PROCESS', 'KILL_PROCESS'),
  action('rename', 'SCMP_ACT_TRACE', 'TRACE(1)'),
  conditional('lseek', fallback, 'SCMP_CMP_LT', 4096),
  conditional('ioctl', fallback, 'SCMP_CMP_NE', 21522),
  conditional('fcntl', fallback, 'SCMP_CMP_MASKED_EQ', 255, 3),
  conditional('dup2', fallback, 'SCMP_CMP_GE', 3),
  conditional('mkdir', fallback, 'SCMP_CMP_EQ', 448),
  addRule(
    'a condition on a call that was refused',
    { names: ['request_key'], action: 'SCMP_ACT_ALLOW', args: [{ index: 1, value: 0, op: 'SCMP_CMP_EQ' }] },
    { request_key: [fallback, 'ALLOW', 'some'] },
  ),
  addRule(
    'two calls in one rule',
    { names: ['afs_syscall', 'io_uring_enter'], action: 'SCMP_ACT_LOG' },
    { afs_syscall: [fallback, 'LOG'], io_uring_enter: [fallback, 'LOG'] },
  ),
  addRule('a call that was allowed already', { names: ['read'], action: 'SCMP_ACT_ALLOW' }, {}),
  elsewhere('a rule for CAP_SYS_BOOT', { includes: { caps: ['CAP_SYS_BOOT'] } }),
  elsewhere('a rule for arm64', { includes: { arches: ['arm64'] } }),
  elsewhere('a rule but with CAP_CHOWN', { excludes: { caps: ['CAP_CHOWN'] } }),
]

const line = (arch: string | undefined, name: string, verdicts: readonly string[], always: boolean): string =>
  `${name} on ${arch}: ${verdicts.join(' → ')}${always ? '' : ', for some arguments'}`

const wanted = (expected: Expected): string[] =>
  Object.entries(expected).flatMap(([name, [before, after, some]]) =>
    here
      .filter((arch) => numberOf(arch, name) !== undefined)
      .map((arch) => line(arch, name, [before, after], !some)),
  )

const said = ({ arch, name, numbers, verdicts, always }: Difference): string =>
  line(
    arch,
    name ?? JSON.stringify(numbers),
    verdicts.map((value) => formatVerdict(value, arch)),
    always,
  )

const sources = [
  ['moby-default.json', sharedData('profiles/moby-default.json'), 'ERRNO(EPERM)'],
  ['podman-default.json', sharedData('profiles/podman-default.json'), 'ERRNO(ENOSYS)'],
  ['docker-default', undefined, 'ERRNO(EPERM)'],
] as const

for (const [name, file, fallback] of sources) {
  const preset = findPreset(name)
  const missing = !file && !preset
  const text = preset ? formatProfile(preset) : file ? readFileSync(file, 'utf8') : '{}'
  describe.skipIf(missing)(`${name}${missing ? ' (skipped: the shared data is not here)' : ''}`, () => {
    const original = JSON.parse(text) as Document
    test.each(editsOf(fallback).map((each) => [each.what, each] as const))(
      'diff finds what changes with %s, and nothing else',
      (_, { edit, expected }) => {
        const edited = JSON.parse(text) as Document
        edit(edited)
        expect(edited).not.toEqual(original)
        const { result, differences } = diff(original, edited, options)
        expect(differences.map(said).sort()).toEqual(wanted(expected).sort())
        expect(result).toBe(Object.keys(expected).length ? 'different' : 'same')
        for (const { call, arch } of differences)
          expect(call.arch).toBe(architectures.find((each) => each.name === arch)!.audit)
      },
    )
  })
}

test('there are thirty edits, no two alike', () => {
  expect(new Set(editsOf('ERRNO(EPERM)').map(({ what }) => what)).size).toBe(30)
})
