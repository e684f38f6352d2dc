import { type Instruction, op } from '../../lib/bpf/instruction.ts'
import { verdict } from '../../lib/bpf/verdict.ts'
import { type ArchitectureName, architecture } from '../../lib/syscalls/architectures.ts'
import type { Libseccomp } from './libseccomp.js'

/**
 * runc's -ENOSYS stub (libcontainer/seccomp/patchbpf/enosys_linux.go), written again from its description as a program
 * to put before libseccomp's: for each architecture, numbers above the newest one the profile names get ENOSYS, all
 * others go on into the filter. No code of ours is used that the tests are about.
 */
export const enosysStub = (newest: ReadonlyMap<ArchitectureName, number>, enosys: number): Instruction[] => {
  const sections = new Map<number, Line[]>()
  for (const name of newest.keys()) sections.set(architecture(name).audit, section(name, newest))
  const lines: Line[] = [{ code: op.LD_ABS, k: 4 }]
  for (const [audit, body] of sections) lines.push({ code: op.JEQ_K, k: audit, no: body.length }, ...body)
  lines.push({ code: op.JA, k: 1 }, { code: op.RET_K, k: verdict('ERRNO', enosys) })
  return lines.map(({ code, k, yes = 0, no = 0 }, i) => {
    const distance = (to: number | 'enosys' | 'filter'): number =>
      typeof to === 'number' ? to : lines.length - (to === 'enosys' ? 2 : 1) - i
    return { code, jt: distance(yes), jf: distance(no), k }
  })
}

/** The newest number of each architecture, over every rule whatever its action; pseudo numbers don't count. */
export const newestNumbers = (
  libseccomp: Libseccomp,
  names: readonly string[],
  architectures: readonly ArchitectureName[],
): Map<ArchitectureName, number> => {
  const newest = new Map<ArchitectureName, number>()
  for (const arch of architectures) {
    const largest = Math.max(0, ...libseccomp.resolve(arch, names))
    if (largest > 0) newest.set(arch, largest)
  }
  return newest
}

/** Jumps go a number of lines ahead, to the ENOSYS at the end, or into the filter behind it. */
interface Line {
  readonly code: number
  readonly k: number
  readonly yes?: number | 'enosys' | 'filter'
  readonly no?: number | 'enosys' | 'filter'
}

const X32 = 0x40000000

const section = (name: ArchitectureName, newest: ReadonlyMap<ArchitectureName, number>): Line[] => {
  const above = (arch: ArchitectureName): Line => ({
    code: op.JGT_K,
    k: newest.get(arch)!,
    yes: 'enosys',
    no: 'filter',
  })
  const load: Line = { code: op.LD_ABS, k: 0 }
  if (name.startsWith('s390')) return [load, { code: op.JEQ_K, k: 0, yes: 'enosys' }, above(name)]
  if (name !== 'x86_64' && name !== 'x32') return [load, above(name)]
  // One audit word for both: a number belongs to x32 when it has bit 30.
  if (!newest.has('x32')) return [load, { code: op.JSET_K, k: X32, yes: 'filter' }, above('x86_64')]
  if (!newest.has('x86_64')) return [load, { code: op.JSET_K, k: X32, no: 'filter' }, above('x32')]
  return [load, { code: op.JSET_K, k: X32, no: 1 }, above('x32'), above('x86_64')]
}
