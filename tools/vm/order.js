/** What test/vm/probe.c reads: filters that our compiler made for that machine, and what each call must get. */
import { endianness } from 'node:os'
import { encode } from '../../out/bpf/encode.js'
import { compile } from '../../out/core.js'
import { evaluate } from '../../out/policy/evaluate.js'
import { canaryOf } from '../../out/testing/canary.js'
import { topicsOf } from '../../out/testing/questions.js'

const order = endianness() === 'LE' ? 'little' : 'big'

/** Every number with all that docker-default compares, on that architecture; as `seccomp verify` asks. */
export const verdictsOrder = (arch, kernel) => {
  const { instructions, policy } = compile('docker-default', { arch, kernel, capabilities: 'docker' })
  const canary = canaryOf(instructions)
  // The errno by which the canary tells a verdict.
  const errnos = new Map()
  for (let errno = 1024; canary.verdictOf(errno) !== undefined; errno++)
    errnos.set(canary.verdictOf(errno), errno)
  const { audit, topics } = topicsOf(arch, [policy], [instructions], order)
  const words = topics.flatMap(({ nr, vectors }) =>
    vectors.map((args) => {
      const expected = evaluate(policy, { arch: audit, nr, args, instructionPointer: 0n })
      return [BigInt(nr), ...args, BigInt(errnos.get(expected) ?? 0)]
    }),
  )
  const questions = BigUint64Array.from(words.flat())
  const header = Uint32Array.of(instructions.length, words.length)
  return Buffer.concat([header, encode(canary.instructions, order), questions].map(bytesOf))
}

const bytesOf = ({ buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength)

/** Each kind of verdict once, on calls that every architecture has and the C library doesn't make by itself. */
const real = {
  defaultAction: 'SCMP_ACT_ALLOW',
  syscalls: [
    { names: ['mkdirat'], action: 'SCMP_ACT_ERRNO', errnoRet: 1 },
    { names: ['getppid'], action: 'SCMP_ACT_KILL_PROCESS' },
    { names: ['getpgid'], action: 'SCMP_ACT_TRAP' },
    { names: ['sched_yield'], action: 'SCMP_ACT_LOG' },
    {
      names: ['dup3'],
      action: 'SCMP_ACT_ERRNO',
      errno: 'EMFILE',
      args: [
        { index: 1, value: 90, op: 'SCMP_CMP_EQ' },
        { index: 2, value: 0, op: 'SCMP_CMP_EQ' },
      ],
    },
  ],
}

export const realOrder = (arch, kernel) => compile(real, { arch, kernel, capabilities: 'none' }).bytes
