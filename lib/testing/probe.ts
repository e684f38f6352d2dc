/** Real calls under a profile's filter, and what came of them. */
import { constants, endianness } from 'node:os'
import type { Call } from '../bpf/data.ts'
import type { Program } from '../bpf/instruction.ts'
import { actionOf, dataOf, strictest, type Verdict } from '../bpf/verdict.ts'
import { SeccompError } from '../errors.ts'
import type { Filter } from '../filter/compile.ts'
import { parseCall, type WrittenArgument } from '../inspect/call.ts'
import { flagBits } from '../kernel/flags.ts'
import { architectureOfCpu } from '../kernel/host.ts'
import type { ProfileSource } from '../load.ts'
import { formatVerdict } from '../policy/format.ts'
import { found } from '../profile/found.ts'
import { refuseUnknown, requireTimeout } from '../profile/unknown-option.ts'
import { type ArchitectureName, architecture } from '../syscalls/architectures.ts'
import { errnoName } from '../syscalls/errno.ts'
import { nameOf } from '../syscalls/numbers.ts'
import { askKernel, entries } from './ask.ts'
import { type AskedOptions, readProved } from './asked.ts'
import { KernelLog } from './kernel-log.ts'
import { DATA_ADDRESS, type Event, runProbe } from './probe-run.ts'
import { architecturesBehind, encodeQuestions } from './questions.ts'
import { isSafe } from './safe-calls.ts'

/** A call to make: its name, or with arguments. */
export type ProbeCall =
  | string
  | {
      readonly call: string
      /** Numbers, or text as `simulate` takes it: `0x28`, `AF_VSOCK`. Bytes are handed over as a pointer to them. */
      readonly args?: readonly (WrittenArgument | Uint8Array)[]
      /** On x86_64 also `x32` and `x86` (by `int 0x80`). */
      readonly arch?: ArchitectureName
    }

/** How {@link probe} makes its calls. */
export interface ProbeOptions extends AskedOptions {
  /** Makes calls too that would do something to the machine if the filter let them through: `reboot`, `kill`, `mount` … */
  readonly force?: boolean
  /** When a call counts as hanging, in milliseconds; default 1000. */
  readonly timeout?: number
}

/** What was seen. */
export type ProbeOutcome =
  /** The call wasn't made. */
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'returned'; readonly value: bigint }
  /** `by` the filter; or elsewhere: by the kernel, as for want of a capability, or by a filter that was there before. */
  | {
      readonly kind: 'errno'
      readonly errno: string
      readonly number: number
      readonly by: 'filter' | 'elsewhere'
    }
  /** The process was ended; by the filter, that is KILL_PROCESS or KILL_THREAD (it has one thread). */
  | { readonly kind: 'signal'; readonly signal: string; readonly by: 'filter' | 'elsewhere' }
  /** SIGSYS that can be caught, with the verdict's data. */
  | { readonly kind: 'trap'; readonly data: number }
  /** A tracer was stopped at the call, and got the verdict's data. */
  | { readonly kind: 'trace'; readonly data: number }
  /** A supervisor was asked about the call. */
  | { readonly kind: 'notification'; readonly args: readonly bigint[] }
  | { readonly kind: 'exit'; readonly code: number }
  /** It hadn't returned when the time was over. */
  | { readonly kind: 'hang' }

/** What came of one call that {@link probe} made. */
export interface ProbeResult {
  readonly call: Call
  readonly architecture: ArchitectureName
  readonly name: string | undefined
  /** What the filter says, asked of the kernel without making the call. */
  readonly verdict: Verdict
  readonly outcome: ProbeOutcome
  /** The line in the kernel's log; undefined where there is none, or it can't be read (CAP_SYSLOG, auditd). */
  readonly log: string | undefined
}

/**
 * Makes calls for real, each in a process of its own under a profile's filter, and tells what came of it. Before each,
 * the kernel is asked for the filter's verdict without making the call.
 *
 * A call that isn't known to change nothing beyond the process that makes it is refused, whatever the filter says of it,
 * unless `force` is set. For TRACE verdicts there is a tracer, for NOTIFY a supervisor; neither lets the call go on.
 *
 * @param profile a profile's name, path or document, or filters that `compile` or `compileStack` made
 * @throws as {@link verify}; for calls ERR_UNKNOWN_NAME and ERR_USAGE as `parseCall`, and then none is made.
 * @example
 * const [result] = await probe('docker-default', [{ call: 'unshare', args: ['CLONE_NEWUSER'] }])
 * result.outcome // { kind: 'errno', errno: 'EPERM', number: 1, by: 'filter' }
 */
export const probe = async (
  profile: ProfileSource | Filter | readonly Filter[],
  calls: readonly ProbeCall[],
  options: ProbeOptions = {},
): Promise<readonly ProbeResult[]> => {
  refuseUnknown(options, ['capabilities', 'kernel', 'as', 'force', 'timeout'])
  const { force = false, timeout = 1000, ...compiling } = options
  requireTimeout(timeout)
  if (!Array.isArray(calls))
    throw new SeccompError('ERR_USAGE', `calls are a list, such as ['getpid'], not ${found(calls)}`)
  // Before any is made: a mistake in the last one shouldn't come after the first ones' effects.
  const wanted = calls.map(read)
  const filters = await readProved(profile, compiling)
  const programs = filters.map(({ instructions }) => instructions)
  const flags = flagBits(filters[0]!.policy.flags)
  const log = new KernelLog()
  try {
    const results: ProbeResult[] = []
    for (const each of wanted) results.push(await probeOne(each, programs, { force, timeout, flags }, log))
    return results
  } finally {
    log.close()
  }
}

/** A call as the native programs take it. */
interface ReadCall {
  readonly call: Call
  readonly architecture: ArchitectureName
  readonly name: string | undefined
  readonly data: Uint8Array
  readonly question: Uint32Array
}

const read = (wanted: ProbeCall): ReadCall => {
  const native = architectureOfCpu(process.arch, endianness())
  const {
    call: text,
    args = [],
    arch = native,
  } = typeof wanted === 'string' ? { call: wanted } : { ...wanted }
  if (typeof text !== 'string' || !Array.isArray(args))
    throw new SeccompError(
      'ERR_USAGE',
      `a call is its name, or { call: 'socket', args: ['AF_VSOCK'] }, not ${found(wanted)}`,
    )
  if (!architecturesBehind(native).includes(arch))
    throw new SeccompError(
      'ERR_USAGE',
      `calls of ${arch} can't be made here; ${architecturesBehind(native).join(', ')} can`,
    )
  const pieces: Uint8Array[] = []
  let size = 0
  const values = args.map((value) => {
    if (!(value instanceof Uint8Array)) return value
    const address = DATA_ADDRESS + BigInt(size)
    // Zeros end a text, and keep the next piece aligned.
    const padding = new Uint8Array(16 - (value.length % 16))
    pieces.push(value, padding)
    size += value.length + padding.length
    return address
  })
  const parsed = parseCall(text, values, arch)
  const narrow = arch === 'x86'
  const call = { ...parsed, args: parsed.args.map((value) => (narrow ? value & 0xffffffffn : value)) }
  const entry = narrow ? entries.int80 : entries.native
  return {
    call,
    architecture: arch,
    name: nameOf(arch, call.nr),
    data: Buffer.concat(pieces),
    question: encodeQuestions(entry, [{ nr: call.nr, vectors: [call.args] }]),
  }
}

interface How {
  readonly force: boolean
  readonly timeout: number
  readonly flags: number
}

const probeOne = async (
  { call, architecture: arch, name, data, question }: ReadCall,
  programs: readonly Program[],
  { force, timeout, flags }: How,
  log: KernelLog,
): Promise<ProbeResult> => {
  const verdicts: Verdict[] = []
  for (const program of programs) {
    const { verdicts: answers, stopped } = await askKernel(program, question, 60_000)
    if (answers[0] === undefined)
      throw new SeccompError(
        'ERR_KERNEL_UNSUPPORTED',
        stopped?.by === 'no-entry'
          ? 'this kernel takes no 32-bit calls (CONFIG_IA32_EMULATION, ia32_emulation=)'
          : `the kernel lets ${name ?? call.nr} past every filter`,
      )
    verdicts.push(answers[0])
  }
  const verdict = strictest(verdicts)
  const common = { call, architecture: arch, name, verdict }
  if (!force && !isSafe(name)) {
    const reason =
      `${name ?? `call ${call.nr}`} may do something to this machine should the filter let it through; asked without ` +
      `making it, the kernel says ${formatVerdict(verdict, arch)}. With force it is made.`
    return { ...common, outcome: { kind: 'refused', reason }, log: undefined }
  }
  const action = actionOf(verdict)
  const listener = verdicts.findLastIndex((each) => actionOf(each) === 'NOTIFY')
  const watch = action === 'TRACE' ? 'tracer' : action === 'NOTIFY' ? { listener } : undefined
  const { event, pid } = await runProbe({ question, data, programs, flags, watch }, timeout)
  const logged = action === 'LOG' || action.startsWith('KILL') || flags !== 0
  return {
    ...common,
    outcome: outcomeOf(event, verdict, arch),
    log: logged ? await log.lineOf(pid, 200) : undefined,
  }
}

const outcomeOf = (event: Event, verdict: Verdict, arch: ArchitectureName): ProbeOutcome => {
  const action = actionOf(verdict)
  switch (event.kind) {
    case 'returned': {
      const number = Number(-event.result)
      if (event.result >= 0n || event.result < -4095n) {
        // Above 2^63 an address may lie that isn't there on any machine; a pointer reads as unsigned.
        return {
          kind: 'returned',
          value: architecture(arch).bits === 64 ? event.result : event.result & 0xffffffffn,
        }
      }
      // The canary has told the filter's errno by another one: what the filter doesn't say, it hasn't said.
      const by = action === 'ERRNO' && Math.min(dataOf(verdict), 4095) === number ? 'filter' : 'elsewhere'
      return { kind: 'errno', errno: errnoName(number, arch) ?? `E${number}`, number, by }
    }
    case 'ended': {
      if (event.signal === 0) return { kind: 'exit', code: event.code! }
      const signal = typeof event.signal === 'string' ? event.signal : signalName(event.signal)
      return {
        kind: 'signal',
        signal,
        by: signal === 'SIGSYS' && action.startsWith('KILL') ? 'filter' : 'elsewhere',
      }
    }
    default:
      return event
  }
}

const signalName = (number: number): string =>
  Object.entries(constants.signals).find(([, value]) => value === number)?.[0] ?? `signal ${number}`
