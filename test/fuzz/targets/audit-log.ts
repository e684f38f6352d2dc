import { profileFromCalls } from '../../../lib/audit/learn.ts'
import { AuditSummary } from '../../../lib/audit/summary.ts'
import { formatProfile } from '../../../lib/profile/format.ts'
import { parseProfileText } from '../../../lib/profile/parse.ts'
import { type Target, textOf } from '../target.ts'
import { typed } from '../trial.ts'

const record =
  'type=1326 audit(1594067860.484:14536): auid=4294967295 uid=0 gid=0 ses=4294967295 pid=29064 comm="http-echo" ' +
  'exe="/http-echo" sig=0 arch=c000003e syscall=51 compat=0 ip=0x46fe1f code=0x7ffc0000'
const interpreted =
  'type=SECCOMP msg=audit(07/06/20 15:37:40.484:14536) : auid=unset uid=root pid=2 comm=sh exe=/bin/sh sig=SIGSYS ' +
  'arch=i386 syscall=socketcall compat=1 ip=0x46fe1f code=kill'
const strace = `12345 execve("/bin/true", ["true"], 0x7ffd /* 12 vars */) = 0
[pid  7] 10:00:00.1 futex(0x7f, FUTEX_WAIT, 0, NULL <unfinished ...>
[pid  7] <... futex resumed>) = -1 EAGAIN (Resource temporarily unavailable)
[ Process PID=9 runs in 32 bit mode. ]
--- SIGSYS {si_signo=SIGSYS, si_code=SYS_SECCOMP, si_syscall=__NR_mount, si_arch=AUDIT_ARCH_X86_64} ---
+++ exited with 0 +++
% time     seconds  usecs/call     calls    errors syscall
 12.00    0.000012           1        12         2 openat
------ ----------- ----------- --------- --------- ----------------
100.00    0.000012                    12         2 total`

/** The reader of kernel logs and of strace's; what it counts is made a profile. */
export const auditLog: Target = {
  name: 'audit-log',
  code: ['audit/'],
  seeds: [
    `Jul  6 15:37:40 host kernel: [369128.669452] audit: ${record}`,
    interpreted,
    JSON.stringify({ MESSAGE: `audit: ${record}` }),
    JSON.stringify({
      SECCOMP: { pid: 1, comm: 'x', exe: '/x', arch: '0xc000003e', syscall: 59, code: '0x7ffc0000' },
    }),
    'audit: kauditd_printk_skb: 12 callbacks suppressed',
    '    11.366 (20.320 ms): sh/29326  ... [continued]: vfork())      = 29328\n     0.681 ( 0.022 ms): sh/7 brk() = 0x5',
    strace,
  ],
  words: [
    ...[
      'audit(',
      'type=1326 ',
      'type=SECCOMP ',
      'arch=',
      'syscall=',
      'code=',
      'pid=',
      'comm=',
      'exe=',
      'msg=',
    ],
    ...['c000003e', '40000003', 'x86_64', 'kill_process', '0x80000000', 'audit_lost=', ' <unfinished ...>'],
    ...[
      '<... ',
      ' resumed>',
      '[pid ',
      '+++',
      '---',
      ' = ',
      '\n',
      '"',
      '{',
      '[',
      '\\u0000',
      '\ufffd',
      '\u001d',
    ],
  ],
  longest: 1500,

  run(input) {
    const summary = new AuditSummary()
    for (const line of textOf(input).split('\n')) {
      const said = summary.add(line)
      if (said.kind === 'call' && said.name === undefined && said.number === undefined)
        throw new Error('a call that is none')
    }
    summary.endLog()
    const counts = summary.counts()
    const sum = counts.reduce((all, { calls }) => all + calls, 0)
    if (sum !== summary.calls) throw new Error(`${summary.calls} calls counted, ${sum} listed`)
    const learned = typed(() => profileFromCalls(counts))
    if (learned) parseProfileText(formatProfile(learned.profile))
  },
}
