import type { Condition } from '../../types.ts'
import { argument, words } from '../rules.ts'

/** A promise, in the sense of OpenBSD's pledge: something that a Node program needs, and the system calls it takes. */

export const promiseNames = [
  'run',
  'startup',
  'threads',
  'fsRead',
  'fsWrite',
  'watch',
  'netClient',
  'netServer',
  'unixSocket',
  'dns',
  'ipc',
  'spawn',
  'workers',
  'inspector',
  'osInfo',
  'report',
] as const

/** `run`, `startup`, `fsRead` and so on: docs/node-presets.md tells what each allows. */
export type PromiseName = (typeof promiseNames)[number]

/** Calls that serve one purpose. */
export interface Grant {
  /** What Node, V8, libuv or libc does by them, one line. */
  readonly why: string
  /** As the kernel's tables have them. */
  readonly names: readonly string[]
  /** In which forms: any of them, each with all its conditions. None: always. */
  readonly forms: readonly (readonly Condition[])[]
}

/** What a promise lets a Node program do, and by which calls. */
export interface NodePromise {
  /** What a program may do by it, one line. */
  readonly title: string
  /** What it can't be had without. */
  readonly implies: readonly PromiseName[]
  readonly grants: readonly Grant[]
}

/** `names` (words) for `why`, in any of `forms`. */
export const grant = (why: string, names: string, ...forms: readonly (readonly Condition[])[]): Grant => ({
  why,
  names: words(names),
  forms,
})

/** The argument is `value`. */
export const is = (index: number, value: bigint): Condition => argument(index, 'SCMP_CMP_EQ', value)

/** Of the argument's bits in `mask`, just those of `value` are set. */
export const bits = (index: number, mask: bigint, value = 0n): Condition =>
  argument(index, 'SCMP_CMP_MASKED_EQ', mask, value)

/** One form a value. */
export const oneOf = (index: number, ...values: readonly bigint[]): readonly (readonly Condition[])[] =>
  values.map((value) => [is(index, value)])
