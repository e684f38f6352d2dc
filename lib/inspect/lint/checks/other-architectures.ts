import type { ArchitectureName } from '../../../syscalls/architectures.ts'
import { syscallNames } from '../../../syscalls/numbers.ts'
import type { Check, Problem } from '../finding.ts'
import { extentOf, type LintSubject, list, openCall, positionsOf, reachable } from '../subject.ts'

/**
 * Calls of 32-bit tables that do what a call of another name does on a 64-bit one, where the name isn't simply the
 * other with 32, 64 or _time64 behind it (arch/x86/entry/syscalls/syscall_32.tbl and its kin).
 */
const twins: Readonly<Record<string, readonly string[]>> = {
  clock_settime: ['stime', 'settimeofday'],
  ftruncate: ['ftruncate64'],
  getrlimit: ['ugetrlimit'],
  lseek: ['_llseek'],
  mmap: ['mmap2'],
  newfstatat: ['fstatat64'],
  reboot: [],
  select: ['_newselect'],
  umount2: ['umount'],
  uname: ['olduname', 'oldolduname'],
  rt_sigaction: ['sigaction', 'signal'],
}

/** x32 and 32-bit programs enter the same kernel by numbers of their own (seccomp(2), "Caveats"). */
export const otherArchitectures: Check = {
  name: 'other-architectures',
  finds: 'x32 or a 32-bit architecture open, and calls that are refused natively but get through there',
  severity: 'error',
  attack: 'Any program can make calls by the other table: it asks there for what is refused here.',
  remedy:
    'Remove the architecture from the profile; in a filter, check the architecture word and bit 30 first.',
  *run(subject) {
    const [native, ...others] = reachable(subject)
    for (const arch of others) yield* problemsOf(subject, native!, arch)
  },
}

function* problemsOf(
  subject: LintSubject,
  native: ArchitectureName,
  arch: ArchitectureName,
): Generator<Problem> {
  const theirs = syscallNames(arch)
  const open = [...theirs.keys()].filter((name) => (extentOf(subject, arch, name) ?? 'never') !== 'never')
  if (open.length === 0) return
  const isOpen = new Set(open)
  const ways = [...syscallNames(native).keys()].flatMap((name) => {
    if (extentOf(subject, native, name) !== 'never') return []
    // A twin that is native too is judged by its own name.
    const way = [name, ...twinsOf(name).filter((twin) => extentOf(subject, native, twin) === undefined)].find(
      (each) => isOpen.has(each),
    )
    return way ? [{ name, way }] : []
  })
  const [first] = ways
  if (first) {
    const call = openCall(subject, arch, first.way)!
    const others = ways.map(({ name, way }) => (name === way ? name : `${name} (as ${way})`))
    yield {
      message: `${list(others)} ${ways.length > 1 ? 'are' : 'is'} refused on ${native}, but not on ${arch}`,
      arch,
      call,
      positions: positionsOf(subject, call),
    }
    return
  }
  const call = openCall(subject, arch, open[0]!)!
  yield {
    severity: 'note',
    message: `${open.length} of ${theirs.size} calls are open to programs for ${arch}`,
    attack:
      arch === 'x32'
        ? 'Hardly any program is made for x32, and its calls are kernel code that few test.'
        : 'The calls of 32-bit programs are kernel code of their own; if no such program is to run here, it need not be reachable.',
    remedy: `Remove ${arch} from the profile's architectures if nothing needs it.`,
    arch,
    call,
    positions: positionsOf(subject, call),
  }
}

const twinsOf = (name: string): string[] => [
  `${name}64`,
  `${name}32`,
  `${name}_time64`,
  `old${name}`,
  ...(twins[name] ?? []),
]
