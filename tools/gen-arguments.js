/**
 * lib/syscalls/generated/arguments.ts: the name and width of every system call's arguments, from the
 * `SYSCALL_DEFINEn` that each 64-bit architecture's table leads to.
 *
 * The macro (include/linux/syscalls.h, __SYSCALL_DEFINEx) makes a function that takes six longs and casts each to the
 * declared type, so an `int` really is the low half of the register. An argument counts as 32 bits only where every
 * definition that the architecture can reach says so; an entry point without the macro counts as 64 throughout.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { namesOf, tablesOf } from './gen-numbers.js'
import { header } from './linux-source.js'

/** Where entry points live beside the architectures; the two drivers that have any are listed by name. */
const folders = ['block', 'fs', 'init', 'io_uring', 'ipc', 'kernel', 'mm', 'net', 'security']
const drivers = ['drivers/char/random.c', 'drivers/pci/syscall.c']

/** Column → the architecture's folder, its own definitions first. 64-bit ones lead: theirs are the widths that count. */
const wide = {
  x86_64: 'x86',
  aarch64: 'arm64',
  riscv64: 'riscv',
  loongarch64: 'loongarch',
  s390x: 's390',
  ppc64: 'powerpc',
  mips64: 'mips',
  parisc64: 'parisc',
}
const narrow = {
  x86: 'x86',
  arm: 'arm',
  ppc: 'powerpc',
  mips: 'mips',
  parisc: 'parisc',
  m68k: 'm68k',
  sh: 'sh',
}

/** Types that hold 32 bits or fewer on every 64-bit architecture (16-bit umode_t and old_uid_t among them). */
const narrowTypes = new Set(
  (
    'int,unsigned int,unsigned,uint,u32,__u32,uint32_t,__s32,pid_t,uid_t,gid_t,old_uid_t,old_gid_t,qid_t,umode_t,' +
    'mqd_t,key_t,key_serial_t,timer_t,clockid_t,rwf_t,enum landlock_rule_type'
  ).split(','),
)
const wideTypes = new Set(
  (
    'long,unsigned long,size_t,loff_t,off_t,u64,__u64,uintptr_t,aio_context_t,old_sigset_t,__sighandler_t,' +
    'cap_user_header_t,cap_user_data_t'
  ).split(','),
)

const widthOf = (type, where) => {
  const plain = type.replace(/\bconst\b/g, '').trim()
  if (plain.includes('*') || wideTypes.has(plain)) return 64
  if (narrowTypes.has(plain)) return 32
  throw new Error(`${where}: add the type "${plain}" to the narrow or the wide ones in gen-arguments.js`)
}

/** Every .c file under a folder that isn't an architecture's user-mode twin. */
const sources = (root, folder) =>
  readdirSync(join(root, folder), { recursive: true })
    .filter((file) => file.endsWith('.c') && !file.startsWith('um/'))
    .map((file) => `${folder}/${file}`)
    .sort()

/**
 * The definitions in one file, as `{ name, parameters: [{ name, width }], option }`. `option` is the CLONE_BACKWARDS
 * flavour under which the compiler sees it: clone's order of arguments is the one thing here that a Kconfig option
 * decides.
 */
const definitionsIn = (root, file) => {
  const text = readFileSync(join(root, file), 'utf8')
  if (!text.includes('SYSCALL_DEFINE')) return []
  const clean = text.replace(/\/\*[\s\S]*?\*\//g, ' ')
  const found = []
  let option
  const pattern =
    /^#\s*(?:if|ifdef|elif)\b.*?CONFIG_(CLONE_BACKWARDS\d?)\b.*$|^#\s*(else|endif)\b|^\s*SYSCALL_DEFINE([0-6])\(([^;{]*?)\)(?=\s*[{#])/gm
  for (const [, flavour, end, count, inside] of clean.matchAll(pattern)) {
    if (flavour || end) option = flavour
    if (!count) continue
    // A 64-bit value that a 32-bit architecture passes in two registers.
    const [name, ...rest] = inside
      .replace(/SC_ARG64\((\w+)\)/g, 'u32, $1_lo, u32, $1_hi')
      .split(',')
      .map((part) => part.replace(/\s+/g, ' ').trim())
    if (rest.length !== 2 * Number(count))
      throw new Error(`${file}: SYSCALL_DEFINE${count}(${name} has odd arguments`)
    const parameters = rest.flatMap((type, i) =>
      i % 2 === 0 ? [{ name: rest[i + 1].replace(/^_+/, ''), width: widthOf(type, `${file}: ${name}`) }] : [],
    )
    found.push({ name, parameters, option })
  }
  return found
}

/** The CLONE_BACKWARDS flavour of an architecture's 64-bit kernel; `config X86_32` selects one for the other. */
const cloneFlavour = (kconfig) =>
  kconfig
    .split(/^config /m)
    .filter((block) => !/^\w+_32\b/.test(block))
    .map((block) => block.match(/^\s*select (CLONE_BACKWARDS\d?)\s*$/m)?.[1])
    .find(Boolean)

/** Looks up what one architecture compiles for an entry point of its table. */
const lookup = (root, shared, folder) => {
  const own = sources(root, `arch/${folder}`).flatMap((file) => definitionsIn(root, file))
  const option = cloneFlavour(readFileSync(join(root, `arch/${folder}/Kconfig`), 'utf8'))
  const byName = groupByName(own)
  return (entry) => {
    // MIPS and PA-RISC save registers in __sys_x and sys_x_wrapper, then call sys_x; arm64 has arm64_x in x's place.
    const name = entry?.match(/^(?:__)?sys_(\w+?)(?:_wrapper)?$/)?.[1]
    if (!name) return []
    const reached = [
      ...(byName.get(name) ?? []),
      ...(byName.get(`${folder}_${name}`) ?? []),
      ...(shared.get(name) ?? []),
    ]
    return reached.filter((one) => reached.every((other) => !other.option) || one.option === option)
  }
}

const groupByName = (definitions) => {
  const groups = new Map()
  for (const one of definitions) groups.set(one.name, [...(groups.get(one.name) ?? []), one])
  return groups
}

/** One signature for all definitions that are reached: the first one's names, and the widest of the widths. */
const merge = (reached) =>
  reached[0]?.parameters.map(({ name }, i) => ({
    name,
    width: reached.every((one) => one.parameters[i]?.width === 32) ? 32 : 64,
  }))

const print = (parameters) =>
  parameters.map(({ name, width }) => (width === 32 ? ` ${name}:32` : ` ${name}`)).join('')

/** The whole generated file. */
export const argumentsFile = ({ root, version }) => {
  const tables = tablesOf(root)
  const shared = groupByName(
    [...folders.flatMap((folder) => sources(root, folder)), ...drivers].flatMap((file) =>
      definitionsIn(root, file),
    ),
  )
  // A call that an architecture may leave out, and does: ENOSYS, whatever the arguments.
  const optional = new Set(
    [...readFileSync(join(root, 'kernel/sys_ni.c'), 'utf8').matchAll(/^COND_SYSCALL\((\w+)\)/gm)].map(
      ([, name]) => `sys_${name}`,
    ),
  )
  const signatures = (column, folder) => {
    const find = lookup(root, shared, folder)
    return new Map(
      tables[column]
        .filter(({ entry }) => entry && !/^(-|sys_ni_syscall)$/.test(entry))
        .map(({ name, entry }) => ({ name, entry, signature: merge(find(entry)) }))
        .filter(({ entry, signature }) => signature || !optional.has(entry))
        .map(({ name, signature }) => [name, signature]),
    )
  }
  const all = (columns) =>
    Object.entries(columns).map(([column, folder]) => [column, signatures(column, folder)])
  const [wideOnes, narrowOnes] = [all(wide), all(narrow)]

  const lines = namesOf(tables).flatMap((name) => {
    const having = wideOnes.filter(([, calls]) => calls.has(name))
    const base = [...having, ...narrowOnes].map(([, calls]) => calls.get(name)).find(Boolean)
    if (!base) return []
    // No macro to be seen: the names of the others, and no promise about widths.
    const unknown = base.map(({ name }) => ({ name, width: 64 }))
    const others = having
      .map(([column, calls]) => [column, print(calls.get(name) ?? unknown)])
      .filter(([, text]) => text !== print(base))
    return [`${name}${print(base)}`, ...others.map(([column, text]) => `${name}@${column}${text}`)]
  })
  return `${header(version, [
    'One line a system call: its name, then its arguments; `:32` marks those of which the kernel reads 32 bits.',
    '`name@column` is how one architecture differs.',
  ])}
export const signatures: string = \`${lines.join('\n')}\`
`
}
