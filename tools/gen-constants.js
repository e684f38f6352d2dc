/**
 * lib/syscalls/generated/constants.ts: names and values of what system calls take as arguments (AF_VSOCK, CLONE_NEWUSER,
 * TIOCSTI), on every architecture. The names are read from the kernel's headers; the values are asked of the C compiler,
 * which sees each architecture's headers with that architecture's macros (MIPS has its own O_*, PowerPC its own TIOC*).
 * No code is made for those architectures: any gcc for x86_64 will do.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { constantSets } from './constant-sets.js'
import { header } from './linux-source.js'

/**
 * Column of the syscall table → the architecture's folder, what its compiler defines, and `bits` of a long. `align` is
 * the most that a member of a structure is aligned to (8 bytes if it isn't said): ioctl numbers hold structures' sizes.
 */
const columns = {
  x86: { folder: 'x86', bits: 32, defines: ['__i386__'], align: 4 },
  x86_64: { folder: 'x86', bits: 64, defines: ['__x86_64__'] },
  x32: { folder: 'x86', bits: 32, defines: ['__x86_64__', '__ILP32__'] },
  arm: { folder: 'arm', bits: 32, defines: ['__arm__', '__ARM_EABI__'] },
  aarch64: { folder: 'arm64', bits: 64, defines: ['__aarch64__'] },
  loongarch64: { folder: 'loongarch', bits: 64, defines: ['__loongarch__', '__loongarch_grlen=64'] },
  m68k: { folder: 'm68k', bits: 32, defines: ['__m68k__'], align: 2 },
  mips: { folder: 'mips', bits: 32, defines: ['__mips__', '_MIPS_SIM=1', '_MIPS_SZLONG=32', '__MIPSEB__'] },
  mips64: { folder: 'mips', bits: 64, defines: ['__mips__', '_MIPS_SIM=3', '_MIPS_SZLONG=64', '__MIPSEB__'] },
  mips64n32: {
    folder: 'mips',
    bits: 32,
    defines: ['__mips__', '_MIPS_SIM=2', '_MIPS_SZLONG=32', '__MIPSEB__'],
  },
  parisc: { folder: 'parisc', bits: 32, defines: ['__hppa__'] },
  parisc64: { folder: 'parisc', bits: 64, defines: ['__hppa__'] },
  ppc: { folder: 'powerpc', bits: 32, defines: ['__powerpc__'] },
  ppc64: { folder: 'powerpc', bits: 64, defines: ['__powerpc__', '__powerpc64__'] },
  riscv64: { folder: 'riscv', bits: 64, defines: ['__riscv', '__riscv_xlen=64'] },
  s390: { folder: 's390', bits: 32, defines: ['__s390__'] },
  s390x: { folder: 's390', bits: 64, defines: ['__s390__', '__s390x__'] },
  sh: { folder: 'sh', bits: 32, defines: ['__sh__'], align: 4 },
}

const read = (root, path) => {
  const file = join(root, path)
  return existsSync(file) ? readFileSync(file, 'utf8').replace(/\/\*[\s\S]*?\*\//g, ' ') : ''
}

/** The texts that a `from` stands for. */
const textsOf = (root, from) => {
  if (from === 'sock_type') return [read(root, 'include/linux/net.h')]
  if (!from.startsWith('asm/')) return [read(root, from)]
  const folders = [...new Set(Object.values(columns).map(({ folder }) => folder))]
  return [
    read(root, `include/uapi/asm-generic/${from.slice(4)}`),
    ...folders.map((folder) => read(root, `arch/${folder}/include/uapi/${from}`)),
  ]
}

/** The names of a set, in the headers' order: of two for one value, the first is the usual one. */
const namesOf = (root, set) => {
  const texts = set.from.flatMap((from) => textsOf(root, from))
  const blocks = texts.flatMap((text) =>
    [...text.matchAll(/\benum\s*(\w*)\s*\{([^}]*)\}/g)]
      .filter(([, name]) => set.enum === true || name === set.enum || name === 'sock_type')
      .map(([, , body]) => body),
  )
  const enumerators = blocks.flatMap((body) => [...body.matchAll(/(?:^|,)\s*(\w+)/g)].map(([, name]) => name))
  const macros = set.enum
    ? []
    : texts.flatMap((text) =>
        [...text.matchAll(/^#\s*define[ \t]+(\w+)[ \t]+[^\s]/gm)].map(([, name]) => name),
      )
  const labels =
    set.cases &&
    new Set(
      set.cases.flatMap((path) => [...read(root, path).matchAll(/^\tcase (\w+):/gm)].map(([, name]) => name)),
    )
  const found = [...enumerators, ...macros].filter(
    (name) => (set.names?.test(name) ?? true) && !set.not?.test(name) && (!labels || labels.has(name)),
  )
  return [...new Set(found)]
}

/** `#define`s of headers that user space doesn't have, as they stand there. */
const copied = (root, set, folder) => {
  const inside = set.from.filter((from) => from.startsWith('include/linux/'))
  const lines = inside.flatMap((path) =>
    [...read(root, path).matchAll(/^#\s*define[ \t]+(\w+)[ \t]+[^\n]*$/gm)]
      .filter(([, name]) => set.names.test(name) && !set.not?.test(name))
      .map(([line, name]) => `#ifndef ${name}\n${line}\n#endif`),
  )
  if (!inside.includes('include/linux/net.h')) return lines
  // MIPS numbers its socket types differently, PA-RISC has its own SOCK_NONBLOCK.
  const own = read(root, `arch/${folder}/include/asm/socket.h`)
  const types = [own, read(root, 'include/linux/net.h')]
    .map((text) => text.match(/enum sock_type \{[^}]*\}/)?.[0])
    .find(Boolean)
  const nonblock = own.match(/^#define SOCK_NONBLOCK.*$/m)?.[0] ?? ''
  return ['#include <asm/fcntl.h>', `${types};`, nonblock, ...lines]
}

/** What headers_install leaves out or adds: the kernel's annotations, and the generic header where there is no own. */
const prepare = (root, scratch) => {
  for (const { folder } of Object.values(columns)) {
    const to = join(scratch, folder)
    mkdirSync(join(to, 'asm'), { recursive: true })
    mkdirSync(join(to, 'linux'), { recursive: true })
    for (const file of readdirSync(join(root, 'include/uapi/asm-generic')))
      if (!existsSync(join(root, `arch/${folder}/include/uapi/asm/${file}`)))
        writeFileSync(join(to, 'asm', file), `#include <asm-generic/${file}>\n`)
    for (const file of ['compiler.h', 'compiler_types.h']) writeFileSync(join(to, 'linux', file), '')
  }
}

const includesOf = (set) => [
  'linux/types.h',
  ...(set.include ?? []),
  ...set.from.flatMap((from) => {
    if (from.startsWith('asm/')) return [from]
    return from.startsWith('include/uapi/linux/') ? [from.slice('include/uapi/'.length)] : []
  }),
]

/** A C file that prints each name with its value into the assembler's text, as the kernel's own asm-offsets.c does. */
const sourceOf = (root, set, questions, { folder, align }) => {
  const enumerators = new Set(set.enum || set.from.includes('sock_type') ? questions : [])
  const isEnumerator = (name) => enumerators.has(name) && !/^SOCK_(CLOEXEC|NONBLOCK)$/.test(name)
  const ask = (name) =>
    `__asm__("\\n@@ ${name} %c0 %c1 %c2" :: "i"(HALF(${name}, 32)), "i"(HALF(${name}, 0)), "i"((${name}) < 0));`
  return [
    ...(align ? [`#pragma pack(${align})`] : []),
    ...includesOf(set).map((path) => `#if __has_include(<${path}>)\n#include <${path}>\n#endif`),
    ...copied(root, set, folder),
    // An operand of asm has 32 bits.
    '#define HALF(x, shift) (int)((unsigned long long)(unsigned long)(x) >> shift)',
    'void constants(void) {',
    ...questions.map((name) => (isEnumerator(name) ? ask(name) : `#ifdef ${name}\n${ask(name)}\n#endif`)),
    '}',
  ].join('\n')
}

/** The compiler's options: none of this machine's macros and headers, but those of the architecture. */
const flagsOf = ({ root, scratch }, { folder, bits, defines }) => {
  const macros = [
    ...defines,
    ...(bits === 64 ? ['__LP64__'] : []),
    ...['__user=', '__force=', '__packed=', '__attribute_const__='],
    ...['size_t=unsigned long', 'pid_t=int', 'loff_t=long long'],
    ...[
      '__CHAR_BIT__=8',
      '__SIZEOF_INT__=4',
      `__SIZEOF_LONG__=${bits / 8}`,
      `__SIZEOF_POINTER__=${bits / 8}`,
    ],
  ]
  const folders = [`${root}/arch/${folder}/include/uapi`, `${root}/include/uapi`, join(scratch, folder)]
  return [
    ...['-xc', '-', '-S', '-o', '-', '-O1', '-w', '-undef', '-nostdinc', '-fno-pic', `-m${bits}`],
    ...(bits === 32 ? ['-malign-double'] : []),
    ...macros.map((each) => `-D${each}`),
    ...folders.map((path) => `-I${path}`),
  ]
}

/** What one architecture's compiler makes of a set: name → value. */
const valuesOf = (source, column, set, names) => {
  const machine = columns[column]
  const questions = typeof set.mask === 'string' ? [...names, set.mask] : names
  const output = execFileSync('gcc', flagsOf(source, machine), {
    input: sourceOf(source.root, set, questions, machine),
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  })
  const values = new Map()
  for (const [, name, high, low, negative] of output.matchAll(/^@@ (\w+) (-?\d+) (-?\d+) (\d)$/gm)) {
    const word = (BigInt(high) << 32n) | BigInt.asUintN(32, BigInt(low))
    const value = BigInt.asUintN(machine.bits, word)
    values.set(name, negative === '1' ? BigInt.asIntN(machine.bits, value) : value)
  }
  return values
}

/** `NAME value`, then `column:value` where another differs, `-` for none. */
const lineOf = (name, values) => {
  const cells = Object.keys(columns).map((column) => [column, `${values[column].get(name) ?? '-'}`])
  const counts = new Map()
  for (const [, cell] of cells) counts.set(cell, (counts.get(cell) ?? 0) + 1)
  const [usual] = [...counts].sort(([, a], [, b]) => b - a)[0]
  const others = [...new Set(cells.filter(([, cell]) => cell !== usual).map(([, cell]) => cell))]
  return others.reduce(
    (text, cell) =>
      `${text} ${cells
        .filter(([, each]) => each === cell)
        .map(([column]) => column)
        .join(',')}:${cell}`,
    `${name} ${usual}`,
  )
}

const blockOf = (source, set) => {
  const names = namesOf(source.root, set)
  const values = Object.fromEntries(
    Object.keys(columns).map((column) => [column, valuesOf(source, column, set, names)]),
  )
  const known = names.filter((name) => Object.values(values).some((each) => each.has(name)))
  const fitting = known.filter(
    (name) =>
      !set.bits ||
      [...Object.values(values)].every((each) => (each.get(name) ?? 0n) >> BigInt(set.bits) === 0n),
  )
  if (fitting.length === 0)
    throw new Error(`constant-sets.js: no header defines a name of the set ${set.name}`)
  const mask =
    typeof set.mask === 'string'
      ? [lineOf(set.mask, values).replace(/^\w+/, '*')]
      : set.mask
        ? [`* ${set.mask}`]
        : []
  return [`= ${set.name} ${set.kind}`, ...mask, ...fitting.map((name) => lineOf(name, values))]
}

/** The whole generated file. */
export const constantsFile = ({ root, version }) => {
  const scratch = mkdtempSync(join(tmpdir(), 'constants-'))
  try {
    prepare(root, scratch)
    const lines = constantSets.flatMap((set) => blockOf({ root, scratch }, set))
    return `${header(version, [
      '`= set kind` opens a set: an enum, flags, or mixed, where the bits of `*` are an enum and the others flags.',
      'Then one line a name: its value, then `columns:value` where an architecture differs, `-` where it has none.',
      'Of two names for a value the first is the usual one.',
    ])}
export const constants: string = \`${lines.join('\n')}\`
`
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}
