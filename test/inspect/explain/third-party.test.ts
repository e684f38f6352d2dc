import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { describe, expect, test } from 'vitest'
import { explain } from '../../../lib/inspect/explain.ts'
import { parseProfileText } from '../../../lib/profile/parse.ts'
import { syscallNames } from '../../../lib/syscalls/numbers.ts'
import { sharedData } from '../../shared-data.ts'

/**
 * Which rule decides, found a second time by reading the JSON from top to bottom: gates, names and arguments taken
 * literally. It knows nothing of canonical order, so calls that several rules match are left out.
 */

interface RawRule {
  readonly name?: string
  readonly names?: readonly string[]
  readonly action: string
  readonly errnoRet?: number
  readonly args?: readonly { index: number; value: number; valueTwo?: number; op: string }[] | null
  readonly includes?: { caps?: string[]; arches?: string[]; minKernel?: string }
  readonly excludes?: { caps?: string[]; arches?: string[]; minKernel?: string }
}

const held = ['CAP_CHOWN', 'CAP_SYS_CHROOT', 'CAP_SYS_PTRACE', 'CAP_NET_RAW']
const target = { arch: 'x86_64', kernel: '6.18', capabilities: held }

const counts = ({ includes = {}, excludes = {} }: RawRule): boolean =>
  (includes.caps ?? []).every((name) => held.includes(name)) &&
  (!includes.arches?.length || includes.arches.includes('amd64')) &&
  !(excludes.caps ?? []).some((name) => held.includes(name)) &&
  !(excludes.arches ?? []).includes('amd64') &&
  !excludes.minKernel

const matches = ({ args }: RawRule, values: readonly number[]): boolean =>
  (args ?? []).every(({ index, value, valueTwo = 0, op }) => {
    const actual = BigInt(values[index] ?? 0)
    if (op === 'SCMP_CMP_MASKED_EQ') return (actual & BigInt(value)) === BigInt(valueTwo)
    const difference = actual - BigInt(value)
    if (op === 'SCMP_CMP_EQ') return difference === 0n
    if (op === 'SCMP_CMP_NE') return difference !== 0n
    if (op === 'SCMP_CMP_LT') return difference < 0n
    if (op === 'SCMP_CMP_LE') return difference <= 0n
    return op === 'SCMP_CMP_GT' ? difference > 0n : difference >= 0n
  })

/** The line and column of the brace that opens the rule number `index`: every rule has one "names" or "name" and no other. */
const placeOf = (text: string, index: number): { line: number; column: number } => {
  const keys = [...text.matchAll(/"names?"\s*:/g)]
  return lineAndColumn(text, text.lastIndexOf('{', keys[index]!.index))
}

const lineAndColumn = (text: string, index: number): { line: number; column: number } => {
  const before = text.slice(0, index)
  return { line: before.split('\n').length, column: before.length - before.lastIndexOf('\n') }
}

/** Calls with arguments that profiles like to look at, and every so many of the others. */
const questions = (text: string): readonly { name: string; args: number[] }[] => {
  const all = [...syscallNames('x86_64').keys()]
  return [
    ...[0, 1, 2, 10, 16, 37, 38, 39, 40, 41].map((family) => ({ name: 'socket', args: [family, 1, 0] })),
    ...[0, 17, 0x10000011, 0x3d0f00, 0x7e020000].map((flags) => ({ name: 'clone', args: [flags] })),
    ...[0, 4, 8, 0x20000, 0x20008, 0xffffffff].map((persona) => ({ name: 'personality', args: [persona] })),
    ...all.filter((_, i) => i % 9 === text.length % 9).map((name) => ({ name, args: [1, 2, 3] })),
  ]
}

const files = [
  'moby-default.json',
  'moby-default-old-format.json',
  'moby-conditional_include.json',
  'podman-default.json',
  'k8s-audit.json',
  'k8s-violation.json',
].map((name) => sharedData(`profiles/${name}`) ?? name)

const found = files.filter((file) => file.includes('/'))
const why = found.length ? '' : ' (skipped: ../shared/data/profiles is not there)'
if (why) console.log(`test/inspect/explain/third-party${why}`)

describe.skipIf(!found.length)(`explain and a search by hand name the same rule${why}`, () => {
  test.each(found.map((file) => [basename(file), file]))('of %s', (_, file) => {
    const text = readFileSync(file, 'utf8')
    const document = JSON.parse(text) as {
      defaultAction: string
      defaultErrnoRet?: number
      syscalls?: RawRule[]
    }
    const profile = parseProfileText(text, { source: 'p.json' })
    const key = ({ action, errnoRet = 1 }: { action: string; errnoRet?: number | undefined }): string =>
      action === 'SCMP_ACT_ERRNO' ? `${action} ${errnoRet}` : action
    const usual = key({ action: document.defaultAction, errnoRet: document.defaultErrnoRet })
    let compared = 0
    for (const { name, args } of questions(text)) {
      const candidates = (document.syscalls ?? []).flatMap((rule, index) =>
        (rule.names ?? [rule.name]).includes(name) &&
        counts(rule) &&
        key(rule) !== usual &&
        matches(rule, args)
          ? [index]
          : [],
      )
      if (candidates.length > 1) continue
      compared++
      const { cases } = explain(profile, { name, args: args.map(BigInt) }, target)
      const [expected] = candidates
      expect(cases, name).toHaveLength(1)
      if (expected === undefined && cases[0]!.by !== 'default') expect(cases[0]!.by, name).toBe('newest')
      else if (expected === undefined)
        expect(cases[0]!.position, name).toEqual({
          source: 'p.json',
          pointer: '/defaultAction',
          ...lineAndColumn(text, text.indexOf('"defaultAction"')),
        })
      else
        expect(cases[0]!.position, name).toEqual({
          source: 'p.json',
          pointer: `/syscalls/${expected}`,
          ...placeOf(text, expected),
        })
    }
    expect(compared).toBeGreaterThan(50)
  })
})
