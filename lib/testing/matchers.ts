import { SeccompError } from '../errors.ts'
import { parseArchitecture } from '../policy/target.ts'
import { found } from '../profile/found.ts'
import { refuseUnknown } from '../profile/unknown-option.ts'
import { confirmedByKernel } from './ask-about.ts'
import type { CallPattern } from './call-pattern.ts'
import { checkCalls, samples } from './check-calls.ts'
import { type ExpectedVerdict, parseData, parseExpectedVerdict } from './expected-verdict.ts'
import { explainOutcome } from './explain-outcome.ts'
import { type RunOptions, runUnder } from './run-under.ts'
import { subjectOf, type TestTarget } from './subject.ts'
import { formatTestCall, type TestArgument } from './test-argument.ts'

/** Which calls are meant, and on which machine. */
export interface CallOptions {
  /** Whose call: `x86`. Default: every architecture that the profile lists and that has the call. */
  readonly arch?: string
  /** For which machine the profile is compiled; default: this one. Not beside a compiled filter. */
  readonly target?: TestTarget
  /**
   * Ask this machine's kernel as well: one call of every set that the profile treats alike, none of which takes effect.
   * The filter is loaded into a process that is thrown away.
   */
  readonly kernel?: boolean
}

/** What `toDeny` takes beside the call. */
export interface DenyOptions extends CallOptions {
  /** With this error, by name or number; default: with any, or by killing. */
  readonly errno?: string | number
}

/** What `expect(…)` has more once the matchers are there. All are asynchronous: `await` them. */
export interface SeccompMatchers {
  /**
   * No such call runs: the profile answers every one with an error, SIGSYS or the program's end.
   * @param call a name, or a number as `#41`
   * @param args an argument that is left out, or null, may be anything; `{ set, clear }`: any with those bits
   * @example await expect('docker-default').toDeny('socket', ['AF_VSOCK'], { errno: 'EPERM' })
   */
  toDeny(call: string, args?: readonly TestArgument[], options?: DenyOptions): Promise<void>
  /**
   * Every such call runs (and may be logged).
   * @example await expect('docker-default').toAllow('read')
   */
  toAllow(call: string, args?: readonly TestArgument[], options?: CallOptions): Promise<void>
  /**
   * Every such call ends the program.
   * @example await expect('./strict.json').toKill('ptrace')
   */
  toKill(call: string, args?: readonly TestArgument[], options?: CallOptions): Promise<void>
  /**
   * A command does its work under a profile: it ends by itself, with exit code 0. A list is a program and its
   * arguments, a text a command line of the shell.
   * @example await expect(['node', '--version']).toRunUnder('docker-default')
   */
  toRunUnder(profile: unknown, options?: RunOptions): Promise<void>
}

/** What a matcher says, as vitest and Jest take it. */
export interface MatcherResult {
  readonly pass: boolean
  /** Why it isn't as expected: of `expect(…)` where pass is false, of `expect(…).not` where it is true. */
  readonly message: () => string
}

type Matcher<Args extends readonly unknown[]> = (tested: unknown, ...args: Args) => Promise<MatcherResult>
type CallMatcher<Options> = Matcher<[call: string, args?: readonly TestArgument[], options?: Options]>

const matchCalls = async (
  tested: unknown,
  verb: string,
  expected: ExpectedVerdict,
  call: string,
  args: readonly TestArgument[] = [],
  { arch, target, kernel, ...odd }: CallOptions = {},
): Promise<MatcherResult> => {
  if (typeof call !== 'string')
    throw new SeccompError(
      'ERR_USAGE',
      `a call is named by a text, such as 'mount' or '#165', not ${found(call)}`,
    )
  if (!Array.isArray(args))
    throw new SeccompError(
      'ERR_USAGE',
      `the arguments of ${call} are a list, such as [0, null, 1], not ${found(args)}`,
    )
  refuseUnknown(odd, [], ['arch', 'target', 'kernel', 'errno'])
  const subject = subjectOf(tested, target)
  const pattern: CallPattern = {
    call,
    args,
    ...(arch !== undefined && { arch: parseArchitecture(arch) }),
  }
  const all = [...samples(subject.policies, pattern)]
  const checked = { outcome: checkCalls(subject.policies, all, expected), samples: all }
  const [outcome] = kernel ? await confirmedByKernel(subject, [checked]) : [checked.outcome]
  const what = `${verb} ${formatTestCall(call, args)}`
  return {
    pass: outcome!.holds,
    message: () =>
      [
        `expected ${subject.name} ${outcome!.holds ? 'not ' : ''}to ${what}`,
        ...explainOutcome(outcome!, subject),
      ].join('\n'),
  }
}

const toDeny: CallMatcher<DenyOptions> = async (tested, call, args, options = {}) => {
  const { errno, ...others } = options
  if (errno === undefined)
    return matchCalls(tested, 'deny', parseExpectedVerdict('denied'), call, args, others)
  const expected = { text: `ERRNO(${errno})`, actions: ['ERRNO'], data: parseData(errno) } as const
  return matchCalls(tested, `answer ${errno} to`, expected, call, args, others)
}

const toAllow: CallMatcher<CallOptions> = async (tested, ...call) =>
  matchCalls(tested, 'allow', parseExpectedVerdict('allowed'), ...call)

const toKill: CallMatcher<CallOptions> = async (tested, ...call) =>
  matchCalls(tested, 'kill for', parseExpectedVerdict('killed'), ...call)

const toRunUnder: Matcher<[profile: unknown, options?: RunOptions]> = async (command, profile, options) => {
  const { ok, report } = await runUnder(command, profile, options)
  return { pass: ok, message: () => report }
}

/**
 * The matchers, for `expect.extend`. `import 'seccomp/testing/vitest'` or `'seccomp/testing/jest'` does that, and tells
 * TypeScript; for node:test there is an `expect` here.
 * @example expect.extend(seccompMatchers)
 */
export const seccompMatchers: {
  readonly toDeny: CallMatcher<DenyOptions>
  readonly toAllow: CallMatcher<CallOptions>
  readonly toKill: CallMatcher<CallOptions>
  readonly toRunUnder: Matcher<[profile: unknown, options?: RunOptions]>
} = { toDeny, toAllow, toKill, toRunUnder }
