// Whether the promises cover what was recorded.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { needs } from '../../test/node/workloads/needs.js'
import { plays } from './record.js'

const folder = join(import.meta.dirname, 'recorded')

/** What main.js has written, of every Node. */
export const readRecorded = () =>
  readdirSync(folder).map((file) => {
    const { startup, children, work, ...rest } = JSON.parse(readFileSync(join(folder, file), 'utf8'))
    const forms = (text) => text.split(' ').filter(Boolean)
    const lists = Object.fromEntries(Object.entries(work).map(([title, text]) => [title, forms(text)]))
    return { ...rest, startup: forms(startup), children: forms(children), work: lists }
  })

const arches = { x64: 'x86_64', arm64: 'aarch64' }

/** `openat(,,0x80000)` → its name and the arguments that are known, all others 0. */
export const callOf = (form) => {
  const [, name, list = ''] = /^(\w+)(?:\((.*)\))?$/.exec(form)
  const args = list.split(',').map((text) => (text === 'pointer' ? 1n : BigInt(text || 0)))
  return { name, args: Array.from({ length: 6 }, (_, index) => args[index] ?? 0n) }
}

/**
 * What was recorded and is neither allowed by the promises of its workload nor known to be an attempt.
 * @param recorded one Node's record
 * @param library what is asked: the package as it is built, or its source
 */
export const uncovered = ({ arch, startup, children, work }, library) => {
  const { attempts, makeTarget, nodeProfile, resolvePolicy, withImplied } = library
  const gaps = []
  const look = (where, forms, promises, options = {}) => {
    const target = makeTarget({ arch: arches[arch], kernel: '6.18', capabilities: [] })
    const jitless = where.includes('without machine code')
    const policy = resolvePolicy(nodeProfile(promises, { ...options, jitless }), target)
    const kept = withImplied(options.startup ? ['startup', ...promises] : promises)
    for (const form of forms)
      if (!isAllowed(policy, form, library) && !isAttempt(kept, form, attempts))
        gaps.push({ where, form, promises: kept })
  }
  look('startup', startup, [], { startup: true })
  look('children', children, ['spawn'])
  for (const { title, workload } of plays) look(title, work[title] ?? [], needs[workload])
  return gaps
}

const isAllowed = (policy, form, { architectures, evaluate, formatVerdict, numberOf }) => {
  const { arch } = policy.target
  const { name, args } = callOf(form)
  const nr = numberOf(arch, name)
  if (nr === undefined) throw new Error(`strace calls it ${name}, and the table of ${arch} doesn't`)
  const verdict = evaluate(policy, {
    arch: architectures.find(({ name }) => name === arch).audit,
    nr,
    instructionPointer: 0n,
    args,
  })
  return formatVerdict(verdict) === 'ALLOW'
}

const isAttempt = (promises, form, attempts) => {
  const { name, args } = callOf(form)
  return promises
    .flatMap((promise) => attempts[promise] ?? [])
    .filter(({ names }) => names.includes(name))
    .some(
      ({ forms }) =>
        forms.length === 0 || forms.some((conditions) => conditions.every((each) => holds(each, args))),
    )
}

const holds = ({ index, op, value, valueTwo }, args) =>
  op === 'SCMP_CMP_EQ' ? args[index] === value : (args[index] & value) === valueTwo
