import fc from 'fast-check'
import { actionNames, flagNames, operatorNames } from '../../lib/profile/parse/names.ts'
import { architectures } from '../../lib/syscalls/architectures.ts'
import { capabilities } from '../../lib/syscalls/capabilities.ts'

/** Documents that are right in every way the format allows, null and all spellings included. */

const u64 = fc.oneof(
  fc.bigInt(0n, 2n ** 64n - 1n),
  fc.constantFrom(0n, 1n, 2n ** 31n, 2n ** 32n - 1n, 2n ** 32n, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n),
)
const operand = u64.chain((value) =>
  fc.constantFrom<bigint | number | string>(
    value,
    `${value}`,
    `0x${value.toString(16)}`,
    ...(value <= BigInt(Number.MAX_SAFE_INTEGER) ? [Number(value)] : []),
  ),
)
const scmp = fc.constantFrom(...architectures.map((each) => each.scmp))
const orNull = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(arbitrary, { freq: 5 })

const gate = fc.record(
  {
    caps: orNull(fc.array(fc.constantFrom(...capabilities), { maxLength: 3 })),
    arches: orNull(fc.array(fc.constantFrom(...architectures.map((each) => each.docker)), { maxLength: 3 })),
    minKernel: orNull(
      fc.tuple(fc.integer({ min: 1, max: 255 }), fc.nat(255)).map((parts) => parts.join('.')),
    ),
  },
  { requiredKeys: [] },
)

const condition = fc.record(
  { index: fc.nat(5), op: fc.constantFrom(...operatorNames), value: operand, valueTwo: orNull(operand) },
  { requiredKeys: ['index', 'op', 'value'] },
)

const call = fc.oneof(
  fc.constantFrom('read', 'openat2', 'no_such_call', 'socket'),
  fc.nat(1000),
  fc.nat(1000).map((number) => `#${number}`),
)
const rule = fc
  .record(
    {
      action: fc.constantFrom(...actionNames),
      errnoRet: orNull(fc.nat(4095)),
      args: orNull(fc.array(condition, { maxLength: 3 })),
      comment: orNull(fc.string()),
      includes: orNull(gate),
      excludes: orNull(gate),
    },
    { requiredKeys: ['action'] },
  )
  .chain((rest) =>
    fc.oneof(
      fc.array(call, { minLength: 1, maxLength: 4 }).map((names) => ({ ...rest, names })),
      call.map((name) => ({ name, ...rest })),
    ),
  )

/** A document that the parser must accept. */
export const arbitraryDocument: fc.Arbitrary<Record<string, unknown>> = fc
  .record(
    {
      defaultAction: fc.constantFrom(...actionNames.filter((name) => name !== 'SCMP_ACT_NOTIFY')),
      defaultErrnoRet: orNull(fc.nat(4095)),
      flags: orNull(fc.array(fc.constantFrom(...flagNames), { maxLength: 3 })),
      listenerPath: orNull(fc.string()),
      syscalls: orNull(fc.array(rule, { maxLength: 5 })),
    },
    { requiredKeys: ['defaultAction'] },
  )
  .chain((rest) =>
    fc.oneof(
      fc.constant(rest),
      fc.array(scmp, { maxLength: 3 }).map((architectures) => ({ ...rest, architectures })),
      fc
        .array(
          fc.record({ architecture: scmp, subArchitectures: orNull(fc.array(scmp, { maxLength: 2 })) }),
          { maxLength: 3 },
        )
        .map((archMap) => ({ archMap, ...rest })),
    ),
  )

/** JSON text of a value that may hold bigint; by hand, so that it owes nothing to the code under test. */
export const toJson = (value: unknown): string => {
  if (typeof value === 'bigint') return `${value}`
  if (Array.isArray(value)) return `[${value.map(toJson).join(', ')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  return `{${Object.entries(value)
    .map(([key, member]) => `${JSON.stringify(key)}: ${toJson(member)}`)
    .join(',\n')}}`
}
