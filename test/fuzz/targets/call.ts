import { compile } from '../../../lib/filter/compile.ts'
import { parseCall } from '../../../lib/inspect/call.ts'
import { formatCall } from '../../../lib/inspect/call-text.ts'
import { type ArchitectureName, architectures } from '../../../lib/syscalls/architectures.ts'
import { type Target, textOf } from '../target.ts'
import { typed } from '../trial.ts'

const profile = {
  defaultAction: 'SCMP_ACT_ALLOW',
  syscalls: [
    { names: ['personality'], action: 'SCMP_ACT_ERRNO', args: [{ index: 0, value: 8, op: 'SCMP_CMP_NE' }] },
  ],
}
const target = { arch: 'x86_64', kernel: '6.18', capabilities: 'none' } as const

/** A call as people write it: an architecture, a name or number, arguments. And call counts, where it is JSON. */
export const call: Target = {
  name: 'call',
  code: ['inspect/call', 'syscalls/constants', 'syscalls/errno', 'filter/call-counts', 'filter/weights'],
  seeds: [
    'x86_64 socket AF_VSOCK SOCK_STREAM|SOCK_CLOEXEC 0',
    'x86 clone CLONE_NEWUSER|SIGCHLD',
    'aarch64 #41 -1 0xffffffffffffffff',
    'x32 ioctl cmd=TIOCSTI',
    '{"futex":900,"socket":20,"personality(0xffffffff)":50,"ioctl(*, 0x5401)":300}',
  ],
  words: [
    ...[' ', '|', '=', '#', '0x', '-', '*', '(', ')', ',', '{', '}', '"', ':', '1e99', '-0', 'null'],
    ...[
      'fd=',
      'prot=',
      'PROT_EXEC',
      'O_CREAT',
      'toString',
      '__proto__',
      'constructor',
      '0x4',
      'personality(',
    ],
    ...architectures.map(({ name }) => `${name} `),
  ],
  longest: 300,

  run(input) {
    const text = textOf(input)
    if (text.startsWith('{')) {
      const weights = parseJson(text)
      if (weights) typed(() => compile(profile, { ...target, weights: weights as Record<string, number> }))
      return
    }
    const [arch = '', name = '', ...args] = text.split(' ')
    if (!architectures.some((each) => each.name === arch)) return
    const read = typed(() => parseCall(name, args, arch as ArchitectureName))
    if (!read) return
    const { nr, args: words } = read
    if (nr >>> 0 !== nr) throw new Error(`number ${nr} is no u32`)
    if (words.length !== 6 || words.some((word) => BigInt.asUintN(64, word) !== word))
      throw new Error(`arguments ${words} aren't six u64`)
    if (/\n/.test(formatCall(read))) throw new Error('more than one line')
  },
}

const parseJson = (text: string): object | undefined => {
  try {
    return JSON.parse(text) as object
  } catch {
    return undefined
  }
}
