import { compile } from '../../../lib/filter/compile.ts'
import { explain } from '../../../lib/inspect/explain.ts'
import { lint } from '../../../lib/inspect/lint/lint.ts'
import { formatProfile } from '../../../lib/profile/format.ts'
import { actionNames, operatorNames } from '../../../lib/profile/parse/names.ts'
import { parseProfileText } from '../../../lib/profile/parse.ts'
import { type Target, textOf } from '../target.ts'
import { typed } from '../trial.ts'

const target = { arch: 'x86_64', kernel: '6.18', capabilities: 'docker' } as const
const modes = ['safe', 'runc', 'crun'] as const

const docker = `{"defaultAction":"SCMP_ACT_ERRNO","defaultErrnoRet":1,
"archMap":[{"architecture":"SCMP_ARCH_X86_64","subArchitectures":["SCMP_ARCH_X86","SCMP_ARCH_X32"]}],
"syscalls":[{"names":["read","openat2"],"action":"SCMP_ACT_ALLOW"},
{"names":["socket"],"action":"SCMP_ACT_ALLOW","args":[{"index":0,"value":40,"valueTwo":0,"op":"SCMP_CMP_NE"}]},
{"names":["clone"],"action":"SCMP_ACT_ALLOW","args":[{"index":0,"value":2114060288,"op":"SCMP_CMP_MASKED_EQ"}],
"comment":"\\u0041","includes":{"caps":["CAP_SYS_ADMIN"],"minKernel":"4.8"},"excludes":{"arches":["s390x"]}},
{"name":"clone3","action":"SCMP_ACT_ERRNO","errnoRet":38}]}`
const oci = `{"defaultAction":"SCMP_ACT_ALLOW","architectures":["SCMP_ARCH_X86_64"],"flags":["SECCOMP_FILTER_FLAG_LOG"],
"listenerPath":"/run/s","listenerMetadata":"m","syscalls":[{"names":["ptrace"],"action":"SCMP_ACT_NOTIFY"},
{"names":["personality"],"action":"SCMP_ACT_KILL_PROCESS","args":[{"index":0,"value":"0xffffffff","op":"SCMP_CMP_EQ"}]}]}`

/** The JSON reader and the profile parser; what they accept is written, read again, compiled, proved and explained. */
export const profileText: Target = {
  name: 'profile',
  code: ['profile/', 'policy/', 'filter/', 'inspect/lint/', 'inspect/explain'],
  seeds: ['{}', '[]', docker, oci],
  words: [
    ...[...actionNames, ...operatorNames, 'SCMP_ARCH_AARCH64', 'CAP_BPF', 'mount', 'socketcall', 'ioctl'].map(
      (name) => JSON.stringify(name),
    ),
    ...[
      '"__proto__":',
      '"constructor":',
      '"names":',
      '"args":',
      '"valueTwo":',
      '"minKernel":"5.1"',
      '"arches":',
    ],
    ...['{', '}', '[', ']', ',', ':', '"', '\\u', '\\ud800', 'null', 'true', '-0', '1e999', '\ufeff'],
  ],
  longest: 2000,

  run(input) {
    const text = textOf(input)
    const profile = typed(() => parseProfileText(text))
    if (!profile) return
    const written = formatProfile(profile)
    const again = formatProfile(parseProfileText(written))
    if (again !== written) throw new Error(`written and read again, it is another profile:\n${again}`)
    const options = { ...target, as: modes[input.length % modes.length]! }
    // Throws ERR_FILTER_UNPROVED where the filter isn't the policy, for every call.
    if (!typed(() => compile(profile, options))) return
    lint(profile, options)
    explain(profile, 'clone', options)
  },
}
