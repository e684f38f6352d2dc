import { type Action, actionOf } from '../bpf/verdict.ts'
import { type ArchitectureName, architecture } from '../syscalls/architectures.ts'
import type { AuditLine, AuditRecord } from './line.ts'
import { callByName, callByNumber } from './names.ts'
import { parseAuditLine } from './parse-line.ts'

/** Whose calls count; of each list any, and all lists given. */
export interface AuditFilter {
  /** Names of threads, as `ps -L` shows them; the kernel keeps 15 bytes. */
  readonly comm?: readonly string[]
  /** Programs: a path, or a path's last part. */
  readonly exe?: readonly string[]
  readonly pid?: readonly number[]
}

/** What an {@link AuditSummary} takes, and how it names calls. */
export interface AuditOptions extends AuditFilter {
  /** Whose calls they are where a line doesn't tell: strace's and perf's, and kernels' before 3.16. */
  readonly arch?: ArchitectureName
}

/** One call with how often it was made. */
export interface AuditCount extends Pick<AuditRecord, 'name' | 'number' | 'arch' | 'foreign'> {
  readonly calls: number
  /** What the filter answered, and how often; empty for strace's and perf's. */
  readonly actions: Readonly<Partial<Record<Action, number>>>
}

/** Processes choose their names: a log could have any number of them. */
const MOST_OTHERS = 1000

interface Entry {
  readonly call: Pick<AuditRecord, 'name' | 'number' | 'arch' | 'foreign'>
  calls: number
  readonly actions: Partial<Record<Action, number>>
}

/**
 * The calls of one or several logs, counted line by line. Memory grows with the number of different calls and of
 * strace's live threads, not with the lines.
 * @example
 * const summary = new AuditSummary({ comm: ['nginx'] })
 * for (const line of text.split('\n')) summary.add(line)
 * summary.endLog()
 * summary.counts() // [{ name: 'epoll_wait', arch: 'x86_64', calls: 12, … }, …]
 */
export class AuditSummary {
  /** Lines read, and calls counted. */
  lines = 0
  calls = 0
  /** Lines that said nothing readable. */
  garbled = 0
  /** Lines the kernel says it left out, at least; and how often it said so. */
  lost = 0
  lossReports = 0
  /** Calls that the filter turned away because their line doesn't say whose they are. */
  anonymous = 0
  /** Whether a traced process ran in a mode that strace named and we can't, for want of the architecture. */
  unknownMode = false

  readonly #options: AuditOptions
  readonly #comms: ReadonlySet<string> | undefined
  readonly #entries = new Map<string, Entry>()
  readonly #others = new Map<string, number>()
  /** Of the log being read: threads that are traced, and the rows of its table. */
  readonly #modes = new Map<number | undefined, ArchitectureName | undefined>()
  readonly #begun = new Map<number | undefined, string>()
  #totals: { readonly name: string; readonly calls: number }[] = []
  #traced = false

  constructor(options: AuditOptions = {}) {
    this.#options = options
    this.#comms = options.comm && new Set(options.comm.map(cutComm))
  }

  /** Count what a line says; returns what it was taken for. */
  add(line: string): AuditLine {
    this.lines++
    const text = line.endsWith('\r') ? line.slice(0, -1) : line
    const said = parseAuditLine(text)
    switch (said.kind) {
      case 'call':
      case 'resumed':
        this.#addCall(said, text)
        break
      case 'total':
        this.#totals.push(said)
        break
      case 'mode':
        this.#setMode(said.pid, said.mode)
        break
      case 'end':
        this.#modes.delete(said.pid)
        this.#begun.delete(said.pid)
        break
      case 'lost':
        this.lossReports++
        this.lost += said.lines ?? 0
        break
      case 'garbled':
        this.garbled++
    }
    return said
  }

  /** Must follow a log's last line, before the next one's first. */
  endLog(): void {
    // With -C a table repeats what the lines before it told.
    if (!this.#traced)
      for (const { name, calls } of this.#totals) this.#count({ kind: 'call', from: 'strace', name }, calls)
    this.#totals = []
    this.#traced = false
    this.#modes.clear()
    this.#begun.clear()
  }

  /** Every call that was seen, most often made first, then by name. */
  counts(): AuditCount[] {
    return [...this.#entries.values()]
      .map(({ call, calls, actions }) => ({ ...call, calls, actions }))
      .sort((a, b) => b.calls - a.calls || compareText(label(a), label(b)))
  }

  /** Names of threads whose calls the filter turned away, the busiest first; of very many, the first thousand. */
  others(): { readonly comm: string; readonly calls: number }[] {
    return [...this.#others].map(([comm, calls]) => ({ comm, calls })).sort((a, b) => b.calls - a.calls)
  }

  #addCall(said: AuditLine & { kind: 'call' | 'resumed' }, line: string): void {
    if (said.from !== 'kernel') {
      this.#traced = true
      // A call is counted where it begins; one that began before the log did, where it ends.
      const begun = this.#begun.get(said.pid)
      if (said.kind === 'resumed') {
        this.#begun.delete(said.pid)
        if (begun !== undefined) return
      } else if (UNFINISHED.test(line)) this.#begun.set(said.pid, said.name ?? '')
    }
    this.#count(said, 1)
  }

  #count(said: AuditLine & { kind: 'call' | 'resumed' }, calls: number): void {
    if (!this.#isWanted(said, calls)) return
    this.calls += calls
    const call = said.arch || said.foreign !== undefined ? said : this.#placed(said)
    const key = `${call.name ?? call.number} ${call.arch ?? call.foreign}`
    let entry = this.#entries.get(key)
    if (!entry) {
      entry = { call: only(call), calls: 0, actions: {} }
      this.#entries.set(key, entry)
    }
    entry.calls += calls
    if (said.verdict !== undefined) {
      const action = actionOf(said.verdict)
      entry.actions[action] = (entry.actions[action] ?? 0) + calls
    }
  }

  #isWanted({ pid, comm, exe }: AuditRecord, calls: number): boolean {
    const wanted = this.#options
    const tells =
      (!wanted.pid || pid !== undefined) &&
      (!this.#comms || comm !== undefined) &&
      (!wanted.exe || exe !== undefined)
    if (!tells) {
      this.anonymous += calls
      return false
    }
    const isWanted =
      (!wanted.pid || wanted.pid.includes(pid!)) &&
      (!this.#comms || this.#comms.has(comm!)) &&
      (!wanted.exe || wanted.exe.some((each) => exe === each || exe!.endsWith(`/${each}`)))
    if (!isWanted && comm !== undefined) this.#addOther(comm, calls)
    return isWanted
  }

  #addOther(comm: string, calls: number): void {
    const before = this.#others.get(comm)
    if (before !== undefined) this.#others.set(comm, before + calls)
    // A copy: the name was cut from a line, and would keep alive all of the text around it.
    else if (this.#others.size < MOST_OTHERS) this.#others.set([...comm].join(''), calls)
  }

  /** A call on the architecture that its line leaves open. */
  #placed({ pid, name, number }: AuditRecord): Entry['call'] {
    const arch = this.#modes.get(pid) ?? this.#options.arch
    if (!arch) return { ...(name !== undefined && { name }), ...(number !== undefined && { number }) }
    if (name !== undefined) return callByName({ arch }, name)!
    return callByNumber({ arch }, number!)
  }

  #setMode(pid: number | undefined, mode: '32 bit' | '64 bit' | 'x32'): void {
    const { arch } = this.#options
    const place = mode === 'x32' ? 'x32' : mode === '64 bit' ? arch : arch && narrow(arch)
    if (mode === '32 bit' && !place) this.unknownMode = true
    this.#modes.set(pid, place)
  }
}

/** The 32-bit architecture that a 64-bit kernel also runs. */
const narrow = (arch: ArchitectureName): ArchitectureName | undefined => {
  const twins: Partial<Record<ArchitectureName, ArchitectureName>> = {
    x86_64: 'x86',
    aarch64: 'arm',
    ppc64: 'ppc',
    s390x: 's390',
    mips64: 'mips',
    mipsel64: 'mipsel',
    parisc64: 'parisc',
  }
  return architecture(arch).bits === 32 ? arch : twins[arch]
}

/** How strace and perf end a line whose call goes on. */
const UNFINISHED = /(?:<unfinished \.\.\.>|\) +\.\.\.)$/

/** TASK_COMM_LEN is 16, with the closing zero. Names are ASCII as a rule. */
const cutComm = (comm: string): string => comm.slice(0, 15)

const only = ({ name, number, arch, foreign }: AuditRecord | Entry['call']): Entry['call'] => ({
  ...(name !== undefined && { name }),
  ...(number !== undefined && { number }),
  ...(arch !== undefined && { arch }),
  ...(foreign !== undefined && { foreign }),
})

const label = ({ name, number, arch }: AuditCount): string => `${name ?? `#${number}`} ${arch ?? ''}`

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
