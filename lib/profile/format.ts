import { requireObject } from '../given.ts'
import type { Condition, Gate, Profile, Rule } from './types.ts'

/**
 * Write a profile as JSON text that Docker, Podman and OCI runtimes read. Operands are JSON integers in full, also
 * beyond 2^53. Reading the text again gives an equal profile.
 * @example await writeFile('profile.json', formatProfile(profile))
 */
export const formatProfile = (profile: Profile): string => {
  requireObject('formatProfile takes a checked profile, such as parseProfile() gives', profile, 'syscalls')
  return `${write(document(profile), '')}\n`
}

/** A tree of plain values; undefined members are left out. */
type Tree = string | number | bigint | readonly Tree[] | { readonly [key: string]: Tree | undefined }

const document = (profile: Profile): Tree => ({
  defaultAction: profile.defaultAction,
  defaultErrnoRet: profile.defaultErrnoRet,
  architectures: profile.architectures,
  archMap: profile.archMap?.map(({ architecture, subArchitectures }) => ({ architecture, subArchitectures })),
  flags: profile.flags,
  listenerPath: profile.listenerPath,
  listenerMetadata: profile.listenerMetadata,
  syscalls: profile.syscalls.map(rule),
})

const rule = ({ names, action, errnoRet, args, comment, includes, excludes }: Rule): Tree => ({
  names,
  action,
  errnoRet,
  args: args.length === 0 ? undefined : args.map(condition),
  comment,
  includes: includes && gate(includes),
  excludes: excludes && gate(excludes),
})

const condition = ({ index, op, value, valueTwo }: Condition): Tree => ({
  index,
  op,
  value,
  valueTwo: op === 'SCMP_CMP_MASKED_EQ' || valueTwo !== 0n ? valueTwo : undefined,
})

const gate = ({ caps, arches, minKernel }: Gate): Tree => ({ caps, arches, minKernel })

/** JSON.stringify with two spaces, but for bigint, which it refuses. */
const write = (tree: Tree, indent: string): string => {
  if (typeof tree === 'string') return JSON.stringify(tree)
  if (typeof tree !== 'object') return `${tree}`
  const deeper = `${indent}  `
  const lines = Array.isArray(tree)
    ? tree.map((item: Tree) => write(item, deeper))
    : Object.entries(tree).flatMap(([key, value]) =>
        value === undefined ? [] : [`${JSON.stringify(key)}: ${write(value, deeper)}`],
      )
  const [open, close] = Array.isArray(tree) ? '[]' : '{}'
  if (lines.length === 0) return `${open}${close}`
  return `${open}\n${lines.map((line) => `${deeper}${line}`).join(',\n')}\n${indent}${close}`
}
