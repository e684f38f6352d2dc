import { describe, expect, test } from 'vitest'
import { formatJson } from '../../lib/export/json.ts'
import { formatPfc } from '../../lib/export/pfc.ts'
import { compile, type Filter } from '../../lib/filter/compile.ts'
import { parseProfileText } from '../../lib/profile/parse.ts'

const filterOf = (source: string): Filter =>
  compile(
    parseProfileText(
      `{
  "defaultAction": "SCMP_ACT_ERRNO",
  "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X32"],
  "flags": ["SECCOMP_FILTER_FLAG_LOG"],
  "syscalls": [
    { "names": ["read"], "action": "SCMP_ACT_ALLOW" },
    { "names": ["socket"], "action": "SCMP_ACT_ALLOW", "args": [{ "index": 0, "value": 1, "op": "SCMP_CMP_EQ" }] }
  ]
}`,
      { source },
    ),
    { arch: 'x86_64', kernel: '6.18', capabilities: ['SYS_PTRACE'] },
  )

describe('formatPfc', () => {
  test('says what every call of every architecture gets, and where that stands', () => {
    expect(formatPfc(filterOf('p.json').policy)).toMatchInlineSnapshot(`
      "# x86_64, Linux 6.18, CAP_SYS_PTRACE, as safe
      # flags: SECCOMP_FILTER_FLAG_LOG

      if arch == 0xc000003e and not nr & 0x40000000 # x86_64
        if nr > 41 then ERRNO(ENOSYS)
        if nr == 0 then ALLOW # read p.json:6:5 /syscalls/0
        if nr == 41 # socket
          if (u32)args[0] == 1 then ALLOW # p.json:7:5 /syscalls/1
          otherwise ERRNO(EPERM)
        otherwise ERRNO(EPERM)

      if arch == 0xc000003e and nr & 0x40000000 # x32
        if nr > 1073741865 then ERRNO(ENOSYS)
        if nr == 1073741824 then ALLOW # read p.json:6:5 /syscalls/0
        if nr == 1073741865 # socket
          if (u32)args[0] == 1 then ALLOW # p.json:7:5 /syscalls/1
          otherwise ERRNO(EPERM)
        otherwise ERRNO(EPERM)

      otherwise KILL_PROCESS
      "
    `)
  })

  test('keeps a comment on its line whatever the file is called', () => {
    const text = formatPfc(filterOf('p\nif nr == 9 then ALLOW #').policy)
    expect(text).not.toMatch(/^\s*if nr == 9/m)
  })
})

describe('formatJson', () => {
  test('has the target, the instructions, verdicts by name, costs and warnings', () => {
    const filter = filterOf('p.json')
    const document = JSON.parse(formatJson(filter))
    expect(document).toMatchObject({
      target: { arch: 'x86_64', kernel: '6.18', capabilities: ['CAP_SYS_PTRACE'] },
      as: 'safe',
      byteOrder: 'little',
      architectures: ['x86_64', 'x32'],
      flags: ['SECCOMP_FILTER_FLAG_LOG'],
      proof: 'proved',
      verdicts: [
        { value: 0x50001, name: 'ERRNO(EPERM)' },
        { value: 0x50026, name: 'ERRNO(ENOSYS)' },
        { value: 0x7fff0000, name: 'ALLOW' },
        { value: 0x80000000, name: 'KILL_PROCESS' },
      ],
      stats: { instructions: filter.instructions.length },
    })
    expect(document.instructions).toEqual(filter.instructions)
    expect(document.warnings[0]).toMatchObject({ kind: 'argument-width', position: { line: 7, column: 5 } })
  })
})
