import { type Issue, SeccompError } from '../../errors.ts'
import { faithfulnesses } from '../../policy/policy.ts'
import { expandCapabilities, parseArchitecture, parseCapabilities, parseKernel } from '../../policy/target.ts'
import { didYouMean } from '../../profile/suggest.ts'
import type { ArchitectureName } from '../../syscalls/architectures.ts'
import { type ExpectedVerdict, parseExpectedVerdict } from '../expected-verdict.ts'
import type { TestTarget } from '../subject.ts'
import type { TestArgument, TestValue } from '../test-argument.ts'
import { Document, type Value } from './document.ts'

/** What a file of expectations says (schema/expectations.schema.json describes it to editors). */
export interface Expectations {
  /** For messages. */
  readonly source: string
  /** For which machine the profile is tested; what is left open comes from this one. */
  readonly target: TestTarget
  readonly expectations: readonly Expectation[]
  /** Everything that is wrong with the file so far. */
  readonly issues: readonly Issue[]
}

/** One line of it: what every call of a name is to get. */
export interface Expectation {
  readonly call: string
  readonly args: readonly TestArgument[]
  readonly arch?: ArchitectureName
  readonly verdict: ExpectedVerdict
  readonly why?: string
  /** Where the expectation, its call and its arguments stand in the file. */
  readonly at: Place
  readonly callAt: Place
  readonly argsAt: Place
}

/** A place in the file. */
export type Place = Pick<Issue, 'pointer' | 'line' | 'column'>

/** Reads a file of expectations, YAML or JSON, as far as it goes; `issues` says what is wrong with it. */
export const readExpectations = (text: string, source: string): Expectations => {
  const document = new Document(text)
  const { issues, root } = document
  const nothing = { source, target: {}, expectations: [], issues }
  if (document.isBroken) return nothing
  const top = root.fields('expectations are a mapping with the key "expect"', [
    'expect',
    'target',
    'note',
    '$schema',
  ])
  if (!top) return nothing
  top.note?.text('note is a text')
  const target = top.target ? readTarget(top.target) : {}
  if (!top.expect)
    root.issue('no "expect": list what calls are to get, such as { call: mount, verdict: ERRNO(EPERM) }')
  const list = top.expect?.list('expect is a list of expectations')
  if (list?.length === 0) top.expect?.issue('expect is empty, and so would test nothing')
  return { source, target, expectations: list?.flatMap(readExpectation) ?? [], issues }
}

const readTarget = (value: Value): TestTarget => {
  const fields = value.fields('target is a mapping', ['arch', 'kernel', 'caps', 'as']) ?? {}
  const arch = checked(fields.arch, 'arch is a text, such as x86_64', parseArchitecture)
  const kernel = checked(fields.kernel, 'kernel is a version, such as "6.18"', (text) => {
    parseKernel(text)
    return text
  })
  const capabilities = fields.caps && readCapabilities(fields.caps)
  const as = checked(fields.as, 'as is safe, runc or crun', (text) => {
    const mode = faithfulnesses.find((each) => each === text)
    if (mode) return mode
    throw new SeccompError('ERR_USAGE', `as is safe, runc or crun${didYouMean(text, faithfulnesses)}`)
  })
  return {
    ...(arch !== undefined && { arch }),
    ...(kernel !== undefined && { kernel }),
    ...(capabilities !== undefined && { capabilities }),
    ...(as !== undefined && { as }),
  }
}

const readCapabilities = (value: Value): readonly string[] | undefined => {
  const what = 'caps is none, docker, all, or a list of capabilities'
  const each = value.isList ? (value.list(what) ?? []) : [value]
  const names = each.map((one) => checked(one, what, (text) => parseCapabilities(expandCapabilities(text))))
  return names.includes(undefined) ? undefined : names.flatMap((some) => some ?? [])
}

const KEYS = ['call', 'args', 'arch', 'verdict', 'why'] as const

/** In place of a verdict that is an issue, so that calls and arguments are looked at as well. */
const unknown: ExpectedVerdict = { text: '', actions: [] }

/** One expectation for each call that it names. */
const readExpectation = (value: Value): Expectation[] => {
  const fields = value.fields('an expectation is a mapping with call and verdict', KEYS)
  if (!fields) return []
  const { call, args, arch, verdict, why } = fields
  for (const key of ['call', 'verdict'] as const)
    if (!fields[key]) value.issue(`the expectation has no ${key}`)
  const calls = call && (call.isList ? call.list('') : [call])
  if (calls?.length === 0) call?.issue('call is empty, and so would test nothing')
  const expected = checked(verdict, 'verdict is a text, such as ERRNO(EPERM)', parseExpectedVerdict)
  const common = {
    args: args ? readArguments(args) : [],
    ...given('arch', checked(arch, 'arch is a text, such as x86_64', parseArchitecture)),
    ...given('why', why?.text('why is a text')),
    argsAt: placeOf(args ?? value),
  }
  return (calls ?? []).flatMap((each) => {
    const name = each.text('call is a name, such as mount, or a list of names')
    if (name === undefined) return []
    return [
      { ...common, call: name, verdict: expected ?? unknown, at: placeOf(value), callAt: placeOf(each) },
    ]
  })
}

const given = <Key extends string, T>(key: Key, value: T | undefined): { [K in Key]?: T } =>
  (value === undefined ? {} : { [key]: value }) as { [K in Key]?: T }

const MOST_ARGUMENTS = 6

const readArguments = (args: Value): TestArgument[] => {
  const list = args.list('args is a list, such as [0, ~, AF_UNIX]; ~ is any') ?? []
  if (list.length > MOST_ARGUMENTS) args.issue(`a system call has at most 6 arguments, not ${list.length}`)
  return list.slice(0, MOST_ARGUMENTS).map((each) => {
    if (!each.isMapping) return each.plain('an argument is an integer, a name, or ~ for any')
    const { set, clear } = each.fields('', ['set', 'clear']) ?? {}
    return { ...given('set', set && readBits(set)), ...given('clear', clear && readBits(clear)) }
  })
}

const readBits = (value: Value): TestValue | undefined => {
  const bits = value.plain('bits are an integer or names, such as CLONE_NEWUSER|CLONE_NEWNS')
  return bits ?? value.issue('no bits are given')
}

const placeOf = (value: Value): Place => ({ pointer: value.pointer, ...value.position })

/** A text through a parser that throws; its error is an issue at the text's place. */
const checked = <T>(value: Value | undefined, what: string, parse: (text: string) => T): T | undefined => {
  const text = value?.text(what)
  if (text === undefined) return undefined
  try {
    return parse(text)
  } catch (error) {
    if (!(error instanceof SeccompError)) throw error
    return value?.issue(error.message)
  }
}
