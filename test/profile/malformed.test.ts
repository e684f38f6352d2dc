import { describe, expect, it } from 'vitest'
import { ProfileError } from '../../lib/errors.ts'
import { parseProfileText } from '../../lib/profile/parse.ts'

/** Where the issue is, as `pointer line:column`, and a piece of its message. */
type Expected = readonly [place: string, says: string]

/** One rule in a profile; the rule starts at 1:50. */
const rule = (members: string): string => `{"defaultAction":"SCMP_ACT_ERRNO", "syscalls": [\n{${members}}]}`
/** A rule with one condition. */
const condition = (members: string): string =>
  rule(`"names":["ioctl"],"action":"SCMP_ACT_ALLOW",\n"args":[\n{${members}}]`)
/** A rule with gates. */
const gated = (members: string): string => rule(`"names":["bpf"],"action":"SCMP_ACT_ALLOW",\n${members}`)
/** A profile with more keys. */
const profile = (members: string): string => `{"defaultAction":"SCMP_ACT_ERRNO",\n${members}}`

const malformed: readonly (readonly [title: string, text: string, ...expected: Expected[]])[] = [
  ['nothing at all', '', [' 1:1', 'the document is empty']],
  ['an array', '[]', [' 1:1', 'a profile must be an object, found an array']],
  ['a text', '"docker-default"', [' 1:1', 'a profile must be an object, found "docker-default"']],
  ['null', '\n null', [' 2:2', 'a profile must be an object, found null']],
  ['an object without anything', '{}', [' 1:1', '"defaultAction" is missing']],
  [
    'text that ends early',
    '{\n"defaultAction": "SCMP_ACT_ALL',
    ['/defaultAction 2:31', "opened at 2:18 isn't closed"],
  ],
  ['a bracket never closed', profile('"syscalls": ['), ['/syscalls/0 2:14', 'expected a value, found "}"']],
  ['a trailing comma', profile('"flags": [],'), [' 2:13', 'no trailing commas']],
  ['a comment', profile('// why\n"flags": []'), [' 2:1', 'JSON has no comments']],
  ['two documents', '{"defaultAction":"SCMP_ACT_LOG"}\n{}', [' 2:1', 'nothing may follow']],
  [
    'a key twice',
    profile('"flags": [],\n"defaultAction": "SCMP_ACT_ALLOW"'),
    ['/defaultAction 3:1', 'first at 1:2'],
  ],
  [
    'a misspelt default action',
    '{"defaultAction": "SCMP_ACT_ERNO"}',
    ['/defaultAction 1:19', `"SCMP_ACT_ERNO" isn't an action; did you mean "SCMP_ACT_ERRNO"?`],
  ],
  [
    'NOTIFY by default',
    '{"defaultAction": "SCMP_ACT_NOTIFY"}',
    ['/defaultAction 1:19', "can't be the default"],
  ],
  ['a default action of null', '{"defaultAction": null}', [' 1:1', '"defaultAction" is missing']],
  ['an unknown key', profile('"sycalls": []'), ['/sycalls 2:1', 'did you mean "syscalls"?']],
  ['a key in the wrong case', profile('"Syscalls": []'), ['/Syscalls 2:1', 'did you mean "syscalls"?']],
  [
    'a key like nothing known',
    profile('"~/$schema": ""'),
    ['/~0~1$schema 2:1', 'a profile has no key "~/$schema"'],
  ],
  ['__proto__ as a key', profile('"__proto__": {}'), ['/__proto__ 2:1', 'a profile has no key "__proto__"']],
  [
    'a default errno too large',
    profile('"defaultErrnoRet": 4096'),
    ['/defaultErrnoRet 2:20', 'at most 4095, found 4096'],
  ],
  [
    'a default errno of no such name',
    profile('"defaultErrno": "EPREM"'),
    ['/defaultErrno 2:17', 'did you mean "EPERM"?'],
  ],
  [
    'an errno as number where a name goes',
    profile('"defaultErrno": 1'),
    ['/defaultErrno 2:17', 'a number goes into "errnoRet"'],
  ],
  [
    'two default errnos that differ',
    profile('"defaultErrno": "EPERM", "defaultErrnoRet": 38'),
    ['/defaultErrno 2:17', '"EPERM" is 1, but the number given beside it is 38'],
  ],
  [
    'architectures together with archMap',
    profile('"architectures": ["SCMP_ARCH_X86"],\n"archMap": [{"architecture": "SCMP_ARCH_X86_64"}]'),
    ['/architectures 2:1', '"architectures" and "archMap" exclude each other'],
  ],
  [
    'an architecture without its prefix',
    profile('"architectures": ["x86_64"]'),
    ['/architectures/0 2:19', 'did you mean "SCMP_ARCH_X86_64"?'],
  ],
  [
    "an architecture in Docker's spelling",
    profile('"architectures": ["arm64"]'),
    ['/architectures/0 2:19', 'did you mean "SCMP_ARCH_AARCH64"?'],
  ],
  [
    'the native architecture by name',
    profile('"architectures": ["SCMP_ARCH_NATIVE"]'),
    ['/architectures/0 2:19', 'remove it'],
  ],
  [
    'a misspelt sub-architecture',
    profile('"archMap": [{"architecture": "SCMP_ARCH_X86_64",\n"subArchitectures": ["SCMP_ARCH_X68"]}]'),
    ['/archMap/0/subArchitectures/0 3:22', 'did you mean "SCMP_ARCH_X86"?'],
  ],
  [
    'a row of archMap without its architecture',
    profile('"archMap": [{"subArchitectures": []}]'),
    ['/archMap/0 2:13', '"architecture" is missing'],
  ],
  [
    'a misspelt flag',
    profile('"flags": ["SECCOMP_FILTER_FLAG_LOGS"]'),
    ['/flags/0 2:11', 'did you mean "SECCOMP_FILTER_FLAG_LOG"?'],
  ],
  [
    'a flag that is not for profiles',
    profile('"flags": ["SECCOMP_FILTER_FLAG_NEW_LISTENER"]'),
    ['/flags/0 2:11', 'SCMP_ACT_NOTIFY in a rule'],
  ],
  [
    'listenerMetadata without listenerPath',
    profile('"listenerMetadata": "x"'),
    ['/listenerMetadata 2:1', '"listenerPath", which is missing'],
  ],
  [
    'a listenerPath that is no text',
    profile('"listenerPath": 1'),
    ['/listenerPath 2:17', 'must be a string, found 1'],
  ],
  [
    'syscalls that are no array',
    profile('"syscalls": {"read": "allow"}'),
    ['/syscalls 2:13', 'must be an array, found an object'],
  ],
  [
    'a rule that is no object',
    profile('"syscalls": ["read"]'),
    ['/syscalls/0 2:14', 'a rule must be an object, found "read"'],
  ],
  [
    'a rule that is null',
    profile('"syscalls": [null]'),
    ['/syscalls/0 2:14', 'a rule must be an object, found null'],
  ],
  [
    'both name and names',
    rule('"name":"read","names":["write"],"action":"SCMP_ACT_ALLOW"'),
    ['/syscalls/0/name 2:2', '"name" and "names" exclude each other'],
  ],
  ['neither name nor names', rule('"action":"SCMP_ACT_ALLOW"'), ['/syscalls/0 2:1', '"names" is missing']],
  [
    'an empty list of names',
    rule('"names":[],"action":"SCMP_ACT_ALLOW"'),
    ['/syscalls/0/names 2:10', 'names no system call'],
  ],
  [
    'an empty name',
    rule('"names":["read",""],"action":"SCMP_ACT_ALLOW"'),
    ['/syscalls/0/names/1 2:18', 'is empty'],
  ],
  [
    'two names in one text',
    rule('"names":["read write"],"action":"SCMP_ACT_ALLOW"'),
    ['/syscalls/0/names/0 2:11', 'it has a space'],
  ],
  [
    'names as one text',
    rule('"names":"read","action":"SCMP_ACT_ALLOW"'),
    ['/syscalls/0/names 2:10', 'must be an array, found "read"'],
  ],
  [
    'a call by a number that no call has',
    rule('"names":[4294967296],"action":"SCMP_ACT_ALLOW"'),
    ['/syscalls/0/names/0 2:11', 'at most 4294967295'],
  ],
  [
    'a call by number and words',
    rule('"names":["#read"],"action":"SCMP_ACT_ALLOW"'),
    ['/syscalls/0/names/0 2:11', 'must be a whole number, found "read"'],
  ],
  ['a rule without action', rule('"names":["read"]'), ['/syscalls/0 2:1', '"action" is missing']],
  [
    'a misspelt key in a rule',
    rule('"names":["read"],"acton":"SCMP_ACT_ALLOW"'),
    ['/syscalls/0/acton 2:19', 'did you mean "action"?'],
  ],
  [
    "the kernel's name of an action",
    rule('"names":["read"],"action":"SECCOMP_RET_TRAP"'),
    ['/syscalls/0/action 2:28', 'did you mean "SCMP_ACT_TRAP"?'],
  ],
  [
    'an action that is no text',
    rule('"names":["read"],"action":1'),
    ['/syscalls/0/action 2:28', 'must be an action, found 1'],
  ],
  [
    'an errno too large',
    rule('"names":["read"],"action":"SCMP_ACT_ERRNO","errnoRet":12345'),
    ['/syscalls/0/errnoRet 2:56', 'at most 4095, found 12345'],
  ],
  [
    'an errno below zero',
    rule('"names":["read"],"action":"SCMP_ACT_ERRNO","errnoRet":-1'),
    ['/syscalls/0/errnoRet 2:56', "can't be negative, found -1"],
  ],
  [
    'half an errno',
    rule('"names":["read"],"action":"SCMP_ACT_ERRNO","errnoRet":1.5'),
    ['/syscalls/0/errnoRet 2:56', 'must be a whole number, found 1.5'],
  ],
  [
    'an errno by name where a number goes',
    rule('"names":["read"],"action":"SCMP_ACT_ERRNO","errnoRet":"EPERM"'),
    ['/syscalls/0/errnoRet 2:56', 'goes into "errno"'],
  ],
  [
    'an unknown errno name',
    rule('"names":["read"],"action":"SCMP_ACT_ERRNO","errno":"ENOSYSS"'),
    ['/syscalls/0/errno 2:53', 'did you mean "ENOSYS"?'],
  ],
  [
    'args that are one condition',
    rule('"names":["read"],"action":"SCMP_ACT_ALLOW","args":{"index":0}'),
    ['/syscalls/0/args 2:52', 'must be an array'],
  ],
  [
    'an argument index of 6',
    condition('"index":6,"value":0,"op":"SCMP_CMP_EQ"'),
    ['/syscalls/0/args/0/index 4:10', 'at most 5, found 6'],
  ],
  [
    'an index below zero',
    condition('"index":-1,"value":0,"op":"SCMP_CMP_EQ"'),
    ['/syscalls/0/args/0/index 4:10', "can't be negative, found -1"],
  ],
  [
    'an empty condition',
    condition(''),
    ['/syscalls/0/args/0 4:1', '"index" is missing'],
    ['/syscalls/0/args/0 4:1', '"value" is missing'],
    ['/syscalls/0/args/0 4:1', '"op" is missing'],
  ],
  [
    'an operand of 2^64',
    condition('"index":0,"value":18446744073709551616,"op":"SCMP_CMP_EQ"'),
    ['/syscalls/0/args/0/value 4:20', 'at most 18446744073709551615, found 18446744073709551616'],
  ],
  [
    'an operand below zero',
    condition('"index":0,"value":-100,"op":"SCMP_CMP_EQ"'),
    ['/syscalls/0/args/0/value 4:20', 'as 64 bits it is 18446744073709551516'],
  ],
  [
    'an operand with a fraction',
    condition('"index":0,"value":0.5,"op":"SCMP_CMP_EQ"'),
    ['/syscalls/0/args/0/value 4:20', 'must be a whole number, found 0.5'],
  ],
  [
    'an operand in powers of ten, which loses digits',
    condition('"index":0,"value":1.8e19,"op":"SCMP_CMP_EQ"'),
    ['/syscalls/0/args/0/value 4:20', 'write all its digits'],
  ],
  [
    'a hexadecimal operand without quotes',
    condition('"index":0,"value":0xff,"op":"SCMP_CMP_EQ"'),
    ['/syscalls/0/args/0/value 4:21', 'in quotes, as "0x10"'],
  ],
  [
    'an operand in words',
    condition('"index":0,"value":"AF_INET","op":"SCMP_CMP_EQ"'),
    ['/syscalls/0/args/0/value 4:20', 'must be a whole number, found "AF_INET"'],
  ],
  [
    'a misspelt operator',
    condition('"index":0,"value":0,"op":"SCMP_CMP_MASKED_EQ_"'),
    ['/syscalls/0/args/0/op 4:27', 'did you mean "SCMP_CMP_MASKED_EQ"?'],
  ],
  [
    'an operator in symbols',
    condition('"index":0,"value":0,"op":"=="'),
    ['/syscalls/0/args/0/op 4:27', 'known are SCMP_CMP_EQ, SCMP_CMP_NE'],
  ],
  [
    'a misspelt key in a condition',
    condition('"index":0,"value":0,"valuetwo":1,"op":"SCMP_CMP_EQ"'),
    ['/syscalls/0/args/0/valuetwo 4:22', 'did you mean "valueTwo"?'],
  ],
  [
    'a capability without CAP_',
    gated('"includes":{"caps":["SYS_ADMIN"]}'),
    ['/syscalls/0/includes/caps/0 3:21', 'did you mean "CAP_SYS_ADMIN"?'],
  ],
  [
    'a capability in small letters',
    gated('"excludes":{"caps":["cap_bpf"]}'),
    ['/syscalls/0/excludes/caps/0 3:21', 'did you mean "CAP_BPF"?'],
  ],
  [
    'one capability for a list',
    gated('"includes":{"caps":"CAP_BPF"}'),
    ['/syscalls/0/includes/caps 3:20', 'must be an array'],
  ],
  [
    'a gate for x86_64',
    gated('"includes":{"arches":["x86_64"]}'),
    ['/syscalls/0/includes/arches/0 3:23', 'did you mean "amd64"?'],
  ],
  [
    'a gate for SCMP_ARCH_AARCH64',
    gated('"includes":{"arches":["SCMP_ARCH_AARCH64"]}'),
    ['/syscalls/0/includes/arches/0 3:23', 'did you mean "arm64"?'],
  ],
  [
    "a gate for Go's 386",
    gated('"includes":{"arches":["386"]}'),
    ['/syscalls/0/includes/arches/0 3:23', 'did you mean "x86"?'],
  ],
  [
    'a gate for sparc',
    gated('"includes":{"arches":["sparc"]}'),
    ['/syscalls/0/includes/arches/0 3:23', 'known are x86, amd64'],
  ],
  [
    'kernel 0.0',
    gated('"includes":{"minKernel":"0.0"}'),
    ['/syscalls/0/includes/minKernel 3:25', 'found "0.0"'],
  ],
  [
    'a kernel of three numbers',
    gated('"includes":{"minKernel":"4.8.1"}'),
    ['/syscalls/0/includes/minKernel 3:25', 'found "4.8.1"'],
  ],
  [
    'a kernel number beyond 8 bits',
    gated('"includes":{"minKernel":"256.1"}'),
    ['/syscalls/0/includes/minKernel 3:25', 'found "256.1"'],
  ],
  [
    'a kernel in letters',
    gated('"excludes":{"minKernel":"x"}'),
    ['/syscalls/0/excludes/minKernel 3:25', 'found "x"'],
  ],
  [
    'a kernel that is no text',
    gated('"excludes":{"minKernel":4.8}'),
    ['/syscalls/0/excludes/minKernel 3:25', 'found 4.8'],
  ],
  ['a misspelt gate', gated('"include":{}'), ['/syscalls/0/include 3:1', 'did you mean "includes"?']],
  [
    'a misspelt key in a gate',
    gated('"includes":{"arch":["amd64"]}'),
    ['/syscalls/0/includes/arch 3:13', 'did you mean "arches"?'],
  ],
  [
    'a comment that is no text',
    gated('"comment":["why"]'),
    ['/syscalls/0/comment 3:11', 'must be a string, found an array'],
  ],
  [
    "a container's whole config.json",
    '{"ociVersion":"1.2.0","process":{},\n"linux":{"namespaces":[],\n"seccomp":{"defaultAction":"SCMP_ACT_ALLOW"}}}',
    ['/linux/seccomp 3:1', 'linux.seccomp: pass that alone'],
  ],
  [
    'several mistakes at once',
    '{"defaultAction":"SCMP_ACT_KIL",\n"syscalls":[{"names":["read"],"action":"SCMP_ACT_ALLOW","errno":"EWHAT"},\n{"nmae":"x","action":"no"}]}',
    ['/defaultAction 1:18', 'did you mean "SCMP_ACT_KILL"?'],
    ['/syscalls/0/errno 2:65', `isn't the name of an errno`],
    ['/syscalls/1/nmae 3:2', 'did you mean "name"?'],
    ['/syscalls/1/action 3:22', 'known are SCMP_ACT_ALLOW'],
  ],
]

describe('a malformed profile is refused with the place of every mistake', () => {
  for (const [title, text, ...expected] of malformed)
    it(title, () => {
      const { issues } = refusal(text)
      expect(issues.map(({ pointer, line, column }) => `${pointer} ${line}:${column}`)).toEqual(
        expected.map(([place]) => place),
      )
      expected.forEach(([, says], index) => {
        expect(issues[index]?.message).toContain(says)
      })
    })

  it('with one line of message for each, harmless on a terminal', () => {
    for (const [, text] of malformed) {
      const { message, issues } = refusal(text)
      expect(message.split('\n')).toHaveLength(issues.length)
    }
    const control = '\u001b[2J\n\u009b31m\u202e'
    for (const hostile of [{ defaultAction: control }, { defaultAction: 'SCMP_ACT_LOG', [control]: 1 }]) {
      const { message } = refusal(JSON.stringify(hostile), control)
      expect(message).not.toMatch(/[\p{Cc}\u202a-\u202e]/u)
      expect(message).toContain('\\u001b[2J')
    }
  })
})

const refusal = (text: string, source = 'profile'): ProfileError => {
  try {
    parseProfileText(text, { source })
  } catch (error) {
    if (error instanceof ProfileError) return error
    throw error
  }
  throw new Error('the profile was accepted')
}
