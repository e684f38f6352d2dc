import type { Call } from '../../bpf/data.ts'
import type { Program } from '../../bpf/instruction.ts'
import { run } from '../../bpf/interpreter.ts'
import { actionOf, effect, KILL_PROCESS, type Verdict } from '../../bpf/verdict.ts'
import { type Proof, prove } from '../../filter/prove/prove.ts'
import type { Policy } from '../../policy/policy.ts'
import { exactVerdict } from '../../policy/rules.ts'
import type { KernelVersion } from '../../policy/target.ts'
import type { Profile } from '../../profile/types.ts'
import { type ArchitectureName, architecture } from '../../syscalls/architectures.ts'
import { nameOf, numberOf, syscallNames } from '../../syscalls/numbers.ts'

/** A number beyond every table, and yet no other architecture's. */
const BEYOND = 2047
/** From here on the numbers of all architectures agree; below, each has some that no call ever had (Linux 5.0). */
const COMMON = 424
/** An `AUDIT_ARCH_*` word that no machine has. */
const NO_ARCHITECTURE = 0xffff

export const noArguments: readonly bigint[] = [0n, 0n, 0n, 0n, 0n, 0n]
export const callTo = (arch: ArchitectureName, nr: number, args: readonly bigint[] = noArguments): Call => ({
  arch: architecture(arch).audit,
  nr,
  args,
  instructionPointer: 0n,
})

/** A call, and what the filter says of it. */
export interface Question {
  readonly call: Call
  readonly answer: Verdict
}

/** The filter, asked about single calls. */
export class Oracle {
  readonly arch: ArchitectureName
  readonly kernel: KernelVersion
  readonly #program: Program
  #newest: number | undefined
  /** Each call, its arguments zero; what the filter does with others is mostly left to the proof. */
  readonly questions: readonly Question[]

  constructor(program: Program, { arch, kernel }: { arch: ArchitectureName; kernel: KernelVersion }) {
    this.arch = arch
    this.kernel = kernel
    this.#program = program
    const calls = [arch, ...(foreign[arch] ?? [])].flatMap((each) =>
      [...syscallNames(each).values(), BEYOND].map((number) => callTo(each, number)),
    )
    calls.push({ ...callTo(arch, 0), arch: NO_ARCHITECTURE })
    this.questions = calls.map((call) => this.ask(call))
  }

  answer(call: Call): Verdict {
    return effect(run(this.#program, call, architecture(this.arch).endian).verdict)
  }

  ask(call: Call): Question {
    return { call, answer: this.answer(call) }
  }

  prove(policy: Policy): Proof {
    return prove(this.#program, policy)
  }

  /** The highest number that is told from those that nobody knows. */
  get newest(): number {
    this.#newest ??= this.#findNewest()
    return this.#newest
  }

  #findNewest(): number {
    const unknown = this.answer(callTo(this.arch, BEYOND))
    for (let number = BEYOND - 1; number > 0; number--)
      if (this.answer(callTo(this.arch, number)) !== unknown) return number
    return 0
  }

  /** Whether a number that no call ever had, yet below the newest ones, gets the default of a profile. */
  mayHaveDefault({ defaultAction, defaultErrnoRet }: Profile): boolean {
    const exact = exactVerdict(defaultAction, defaultErrnoRet)
    let hole = COMMON - 1
    while (nameOf(this.arch, hole)) hole--
    const answer = this.answer(callTo(this.arch, hole))
    return answer === effect(exact) || (actionOf(exact) === 'KILL_THREAD' && answer === KILL_PROCESS)
  }

  /** Whether some call of another architecture is told from one of no architecture. */
  lists(arch: ArchitectureName): boolean {
    const stranger = this.answer({ ...callTo(this.arch, 0), arch: NO_ARCHITECTURE })
    return ['read', 'getpid', 'exit_group', 'reboot'].some((name) => {
      const number = numberOf(arch, name)
      return number !== undefined && this.answer(callTo(arch, number)) !== stranger
    })
  }
}

/** Whose programs a kernel runs as well, in the profiles of container engines. */
const foreign: Partial<Record<ArchitectureName, readonly ArchitectureName[]>> = {
  x86_64: ['x86', 'x32'],
  aarch64: ['arm'],
}
