import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseAuditLine } from '../../lib/audit/parse-line.ts'
import { architectures, X32_BIT } from '../../lib/syscalls/architectures.ts'
import { syscallNames } from '../../lib/syscalls/numbers.ts'

const FIELDS =
  'auid=4294967295 uid=0 gid=0 ses=4294967295 pid=29064 comm="http-echo" exe="/http-echo" sig=0 arch=c000003e ' +
  'syscall=51 compat=0 ip=0x46fe1f code=0x7ffc0000'
const STAMP = 'audit(1594067860.484:14536)'
const INTERPRETED =
  'auid=unset uid=root gid=root ses=unset pid=29064 comm=http-echo exe=/http-echo sig=SIG0 arch=x86_64 ' +
  'syscall=getsockname compat=0 ip=0x46fe1f code=log'
const RECORD = `type=1326 ${STAMP}: ${FIELDS}`
const json = JSON.stringify

const expected = {
  kind: 'call',
  from: 'kernel',
  name: 'getsockname',
  number: 51,
  arch: 'x86_64',
  pid: 29064,
  comm: 'http-echo',
  exe: '/http-echo',
  verdict: 0x7ffc0000,
}

describe('a kernel record is the same call however it is wrapped', () => {
  test.each([
    ['syslog', `Jul  6 15:37:40 my-machine kernel: [369128.669452] audit: ${RECORD}`],
    [
      'syslog of a newer rsyslog',
      `2024-05-03T10:00:01.123456+02:00 host kernel: [   12.345678] audit: ${RECORD}`,
    ],
    ['RFC 5424', `<4>1 2024-05-03T10:00:01.123456Z host kernel - - - [   12.345678] audit: ${RECORD}`],
    ['RFC 3164 with its priority', `<4>Jul  6 15:37:40 host kernel: audit: ${RECORD}`],
    ['dmesg', `[369128.669452] audit: ${RECORD}`],
    ['dmesg -T', `[Mon Jul  6 15:37:40 2020] audit: ${RECORD}`],
    ['dmesg -H', `[  +1,261094] audit: ${RECORD}`],
    ['dmesg --time-format=iso', `2020-07-06T15:37:40,484000+00:00 audit: ${RECORD}`],
    ['dmesg -x', `kern  :notice: [369128.669452] audit: ${RECORD}`],
    ['dmesg --raw', `<5>[369128.669452] audit: ${RECORD}`],
    ['an older kernel', `[369128.669452] ${RECORD}`],
    ['/dev/kmsg', `5,1234,369128669452,-;audit: ${RECORD}`],
    ['journalctl -k', `Jul 06 15:37:40 host kernel: audit: ${RECORD}`],
    ['journalctl', `Jul 06 15:37:40 host audit[29064]: SECCOMP ${FIELDS}`],
    ['journalctl -o short-unix', `1594067860.484000 host audit[29064]: SECCOMP ${FIELDS}`],
    ['journalctl -o with-unit', `Mon 2020-07-06 15:37:40 UTC host audit[29064]: SECCOMP ${FIELDS}`],
    ['journalctl -o cat', `SECCOMP ${FIELDS}`],
    ['journalctl of an older systemd', `Jul 06 15:37:40 host audit[29064]: <audit-1326> ${FIELDS}`],
    ['journalctl, type without a name', `Jul 06 15:37:40 host audit[29064]: AUDIT1326 ${FIELDS}`],
    ['gnome-logs', `15:37:40 http-echo: SECCOMP ${FIELDS}`],
    ['journalctl -o export', `MESSAGE=SECCOMP ${FIELDS}`],
    ['journalctl -o verbose', `    MESSAGE=audit: ${RECORD}`],
    ['journalctl -o json', json({ _TRANSPORT: 'audit', _AUDIT_TYPE: '1326', MESSAGE: `SECCOMP ${FIELDS}` })],
    [
      'journalctl -o json, bytes',
      json({ MESSAGE: [...`SECCOMP ${FIELDS}`].map((each) => each.charCodeAt(0)) }),
    ],
    ['journalctl -o json-pretty', `        "MESSAGE" : ${json(`audit: ${RECORD}`)},`],
    ['journalctl -o json-sse', `data: ${json({ MESSAGE: `audit: ${RECORD}` })}`],
    ['Docker json-file', json({ log: `audit: ${RECORD}\n`, stream: 'stdout' })],
    ['a cloud export', json({ jsonPayload: { message: `audit: ${RECORD}` }, severity: 'NOTICE' })],
    ['an array of JSON, one a line', `,${json({ message: `audit: ${RECORD}` })}`],
    ['go-audit', json({ sequence: 1, messages: [{ type: 1326, data: FIELDS }] })],
    [
      'laurel',
      json({
        ID: '1:1',
        SECCOMP: {
          ...Object.fromEntries(FIELDS.split(' ').map((each) => each.split('='))),
          pid: 29064,
          comm: 'http-echo',
          exe: '/http-echo',
          arch: '0xc000003e',
          syscall: 51,
        },
      }),
    ],
    ['auditd', `type=SECCOMP msg=${STAMP}: ${FIELDS}`],
    ['auditd of several machines', `node=web-1 type=SECCOMP msg=${STAMP}: ${FIELDS}`],
    ['auditd without the name', `type=UNKNOWN[1326] msg=${STAMP}: ${FIELDS}`],
    [
      'auditd, enriched',
      `type=SECCOMP msg=${STAMP}: ${FIELDS}\x1dAUID="unset" UID="root" ARCH=x86_64 SYSCALL=getsockname`,
    ],
    [
      'auditd, enriched, separator lost',
      `type=SECCOMP msg=${STAMP}: ${FIELDS}AUID="unset" UID="root" ARCH=x86_64 SYSCALL=getsockname`,
    ],
    [
      'auditd through rsyslog',
      `Jul  6 15:37:40 host audisp: type=SECCOMP msg=${STAMP}: ${FIELDS}#035ARCH=x86_64 SYSCALL=getsockname`,
    ],
    ['the netlink socket', `${STAMP}: ${FIELDS}`],
    ['SELinux', `audit: ${RECORD.replace(' pid=', ' subj=system_u:system_r:spc_t:s0:c284,c594 pid=')}`],
    ['AppArmor', `audit: ${RECORD.replace(' pid=', ' subj==cri-containerd.apparmor.d (enforce) pid=')}`],
    ['a space at the end', `audit: ${RECORD} `],
  ])('%s', (_, line) => {
    expect(parseAuditLine(line)).toEqual(expected)
  })

  test('ausearch -i: values are words', () => {
    const line = `type=SECCOMP msg=audit(07/06/2020 15:37:40.484:14536) : ${INTERPRETED} `
    expect(parseAuditLine(line)).toEqual(expected)
  })

  test('a record without architecture keeps its number for whoever knows', () => {
    const line = `type=1326 ${STAMP}: auid=0 uid=0 gid=0 ses=1 pid=7 comm="x" reason="seccomp" sig=31 syscall=59 compat=0 ip=0x1 code=0x0`
    expect(parseAuditLine(line)).toMatchObject({ kind: 'call', number: 59, comm: 'x', verdict: 0 })
    expect(parseAuditLine(line)).not.toHaveProperty('name')
  })
})

describe('numbers', () => {
  test('of every architecture, by its word and its name', () => {
    for (const { name: arch, audit } of architectures)
      for (const [name, number] of syscallNames(arch)) {
        const told = `type=1326 ${STAMP}: pid=1 comm="a" sig=0 arch=${audit.toString(16)} syscall=${number} compat=0 ip=0x1 code=0x7ffc0000`
        const said = parseAuditLine(told)
        expect(said).toMatchObject({ kind: 'call', name, number, arch })
      }
  })

  test('x32 by its bit, -1 and unknown ones as they are', () => {
    const at = (arch: string, syscall: string) =>
      parseAuditLine(`type=1326 ${STAMP}: pid=1 arch=${arch} syscall=${syscall} compat=1 ip=0x1 code=0x0`)
    expect(at('c000003e', `${X32_BIT + 1}`)).toMatchObject({ name: 'write', arch: 'x32' })
    expect(at('40000003', '1')).toMatchObject({ name: 'exit', arch: 'x86' })
    expect(at('40000028', '983045')).toMatchObject({ name: 'set_tls', arch: 'arm' })
    expect(at('c000003e', '-1')).toMatchObject({ number: 0xffffffff, arch: 'x86_64' })
    expect(at('c000003e', '1008')).toEqual({
      kind: 'call',
      from: 'kernel',
      number: 1008,
      arch: 'x86_64',
      pid: 1,
      verdict: 0,
    })
    expect(at('c0009026', '1')).toMatchObject({ number: 1, foreign: 0xc0009026 })
  })
})

describe('what a process chose for itself', () => {
  const record = (comm: string, exe = '"/x"'): string =>
    `type=1326 ${STAMP}: auid=0 pid=5 comm=${comm} exe=${exe} sig=0 arch=c000003e syscall=1 compat=0 ip=0x1 code=0x50000`

  test('its name and path in hexadecimal are read', () => {
    expect(parseAuditLine(record('72756E633A5B323A494E49545D', '2F746D702F6120C3A9'))).toMatchObject({
      comm: 'runc:[2:INIT]',
      exe: '/tmp/a é',
    })
    expect(parseAuditLine(record('61FF'))).toMatchObject({ comm: 'a%FF' })
    expect(parseAuditLine(record('"DEAD"', '(null)'))).toMatchObject({ comm: 'DEAD' })
  })

  test('it can pass for no other call', () => {
    const forged = `type=SECCOMP msg=audit(07/06/2020 15:37:40.484:1) : pid=5 comm=a syscall=ptrace exe=/b arch=i386 sig=SIG0 arch=x86_64 syscall=write compat=0 ip=0x1 code=log`
    expect(parseAuditLine(forged)).toMatchObject({ name: 'write', arch: 'x86_64', pid: 5 })
    expect(parseAuditLine(record('"type=1326"', '"/UID=/x"'))).toMatchObject({ name: 'write' })
    expect(parseAuditLine(`read(3, "${RECORD.replaceAll('"', '\\"')}", 4096) = 300`)).toMatchObject({
      name: 'read',
      from: 'strace',
    })
  })
})

describe('strace', () => {
  test.each([
    ['alone', 'openat(AT_FDCWD, "/etc/passwd", O_RDONLY) = 3', {}],
    ['-f -o', '8300  openat(AT_FDCWD, "/etc/passwd", O_RDONLY) = 3', { pid: 8300 }],
    ['-f', '[pid  8300] openat(AT_FDCWD, "/x", O_RDONLY <unfinished ...>', { pid: 8300 }],
    ['-f -Y', '[pid 8300<ls>] openat(AT_FDCWD, "/x", O_RDONLY) = 3', { pid: 8300, comm: 'ls' }],
    [
      '-f -Y -o',
      '8300<Web Content> openat(AT_FDCWD, "/x", O_RDONLY) = 3',
      { pid: 8300, comm: 'Web Content' },
    ],
    ['-t', '15:37:40 openat(AT_FDCWD, "/x", O_RDONLY) = 3', {}],
    [
      '-f -tt -T -o',
      '8300  15:37:40.941022 openat(AT_FDCWD, "/x", O_RDONLY) = -1 ENOENT (No such file) <0.000257>',
      { pid: 8300 },
    ],
    [
      '-ttt -r -n -i',
      '1795320291.097681 (+     0.000000) [ 257] [00007fbc1fa89ad7] openat(AT_FDCWD, "/x", 0) = 3',
      { number: 257 },
    ],
    ['-r', '     0.000123 openat(AT_FDCWD, "/x", O_RDONLY) = 3', {}],
    ['-i without a place', '[????????????????] openat(AT_FDCWD, "/x", O_RDONLY) = 3', {}],
    ['--secontext', '8300  [unconfined_t] openat(AT_FDCWD, "/x", O_RDONLY) = 3', { pid: 8300 }],
  ])('%s', (_, line, more) => {
    expect(parseAuditLine(line)).toEqual({ kind: 'call', from: 'strace', name: 'openat', ...more })
  })

  test('what isn’t a call', () => {
    const kinds = [
      '8301  <... futex resumed>) = 0',
      '8301  +++ exited with 0 +++',
      '8301  --- SIGCHLD {si_signo=SIGCHLD} ---',
      'strace: Process 8310 attached',
      'strace: [ Process PID=5141 runs in 32 bit mode. ]',
      ' > /usr/lib/libc.so.6(read+0x1) [0x1ab70]',
      '% time     seconds  usecs/call     calls    errors syscall',
      ' 25.00    0.000012           1        12         2 read',
      '100.00    0.000000           0       145        19 total',
    ].map((line) => parseAuditLine(line).kind)
    expect(kinds).toEqual(['resumed', 'end', 'other', 'other', 'mode', 'other', 'other', 'total', 'other'])
  })

  test('a call by number, and one that nobody knows', () => {
    expect(parseAuditLine('syscall_0x1b3(0x7ffd) = -1 ENOSYS')).toMatchObject({ name: 'clone3', number: 435 })
    expect(parseAuditLine('syscall_0x3f0(0x7ffd) = -1 ENOSYS')).toEqual({
      kind: 'call',
      from: 'strace',
      number: 1008,
    })
    expect(parseAuditLine('opena(AT_FDCWD, "/x", O_RDONLY) = 3')).toMatchObject({ kind: 'garbled' })
  })
})

describe('perf trace', () => {
  const begin = (thread: string): string => `     0.681 ( 0.022 ms): ${thread} `
  test.each([
    ['alone', `${begin('cat/23900')}mmap(len: 8192, prot: READ, fd: 4)  = 0x7fe5367000`, 'mmap', 'cat'],
    ['failed', `${begin('cat/23900')}access(mode: R)   = -1 ENOENT (No such file)`, 'access', 'cat'],
    ['unfinished', '    11.366 (         ): sh/23900 vfork()            ...', 'vfork', 'sh'],
    ['a name with a slash', `${begin('kworker/0:1/23900')}brk()  = 0x5`, 'brk', 'kworker/0:1'],
    ['a name with a space', `${begin('Web Content/23900')}brk()  = 0x5`, 'brk', 'Web Content'],
    ['a name that perf missed', `${begin(':23900/23900')}brk()  = 0x5`, 'brk', undefined],
    ['--no-comm', `${begin('23900')}brk()  = 0x5`, 'brk', undefined],
    ['-T', '24058876.026 ( 2.005 ms): cat/23900 brk()    = 0x5564eb670000', 'brk', 'cat'],
  ])('%s', (_, line, name, comm) => {
    expect(parseAuditLine(line)).toEqual({
      kind: 'call',
      from: 'perf',
      name,
      pid: 23900,
      ...(comm && { comm }),
    })
  })

  test('what isn’t the beginning of a call', () => {
    const kinds = [
      '    11.366 (20.320 ms): sh/29326  ... [continued]: vfork())      = 29328',
      '         ? (         ): true/23900  ... [continued]: execve())   = 0',
      '24058876.026 ( 0.000 ms): true/29407 minfault [elf_load+0x28a] => 0x55917e9511e0 (?k)',
      '                                       _start (/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2)',
      '                                       __brk (inlined)',
      ' Summary of events:',
      ' true (23926), 58 events, 90.6%',
      '   syscall            calls  errors  total       min       avg       max       stddev',
      '                                     (msec)    (msec)    (msec)    (msec)        (%)',
      '   --------------- --------  ------ -------- --------- --------- ---------     ------',
      '   pread64                2      0    11.416     0.016     5.708    11.401     99.72%',
      '   mmapp                  8      0     0.186     0.018     0.023     0.027      4.58%',
      `${begin('cat/23900')}opena(dfd: CWD)  = 3`,
    ].map((line) => parseAuditLine(line).kind)
    expect(kinds).toEqual([
      ...['resumed', 'resumed', 'other', 'other', 'other', 'other', 'other', 'other', 'other', 'other'],
      ...['total', 'garbled', 'garbled'],
    ])
  })
})

describe('ausearch’s reports, which leave out the call', () => {
  test.each([
    ',SECCOMP,07/06/20,20:37:40,14536,dac-decision,unset,system,root,privileged-acct,called-seccomp-controlled-syscall,failed,unknown-syscall(-1),,process,/http-echo',
    'At 20:37:40 07/06/20 system, acting as root, unsuccessfully called-seccomp-controlled-syscall unknown-syscall(-1) using /http-echo',
  ])('are garbled, and what to ask for instead is said: %s', (line) => {
    const { kind, reason } = parseAuditLine(line) as { kind: string; reason?: string }
    expect(kind).toBe('garbled')
    expect(reason).toContain('--raw')
  })

  test('and their other lines are nothing of ours', () => {
    for (const line of [
      'NODE,EVENT,DATE,TIME,SERIAL_NUM,EVENT_KIND,SESSION,SUBJ_PRIME',
      ',USER_LOGIN,07/06/20,20:37:40,14530,user-login,3,root,root,privileged-acct,logged-in,success,,,,/usr/sbin/sshd',
      'At 20:37:40 07/06/20 root successfully logged-in using /usr/sbin/sshd',
    ])
      expect(parseAuditLine(line)).toEqual({ kind: 'other' })
  })
})

describe('other lines', () => {
  test.each([
    '',
    'Jul  6 15:37:40 host systemd[1]: Started Session 3 of user root.',
    '[    0.000000] Linux version 6.18.44',
    'type=1400 audit(1594067860.484:1): apparmor="DENIED" operation="open"',
    `type=SYSCALL msg=${STAMP}: arch=c000003e syscall=59 success=yes exit=0`,
    '----',
    'time->Mon Jul  6 20:37:40 2020',
    '-- Boot 1234 --',
    '__CURSOR=s=0639',
    '{"MESSAGE":"Started Session 3"}',
    ' SUBSYSTEM=pci',
  ])('%j is no call and no fault', (line) => {
    expect(parseAuditLine(line)).toEqual({ kind: 'other' })
  })

  test('losses that the kernel tells of', () => {
    expect(parseAuditLine('[ 12.3] audit: kauditd_printk_skb: 4990 callbacks suppressed')).toEqual({
      kind: 'lost',
      lines: 4990,
    })
    expect(parseAuditLine('[ 12.3] audit: audit_lost=7 audit_rate_limit=0 audit_backlog_limit=64')).toEqual({
      kind: 'lost',
      lines: 7,
    })
    expect(parseAuditLine('[ 12.3] audit: backlog limit exceeded')).toEqual({ kind: 'lost' })
  })

  test.each([
    'type=1326 audit(1594067860.484:14536): auid=4294967295 uid=0 gid=0 ses=42949',
    RECORD.replace('syscall=51', 'syscall=fifty-one'),
    RECORD.replace('arch=c000003e', 'arch=zzz'),
    RECORD.replace('syscall=51', 'syscall=99999999999'),
    '\x00\x01\x02 binary',
    'hello, world',
  ])('%j is garbled', (line) => {
    expect(parseAuditLine(line)).toMatchObject({ kind: 'garbled', reason: expect.stringMatching(/./) })
  })

  test('nothing throws, and a line cut anywhere is never another call', () => {
    const line = `Jul  6 15:37:40 my-machine kernel: [369128.669452] audit: ${RECORD}`
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void parseAuditLine(text)))
    fc.assert(fc.property(fc.string(), (text) => void parseAuditLine(`type=1326 audit(1.0:1): ${text}`)))
    for (let end = line.indexOf(' auid='); end <= line.indexOf(' compat='); end++) {
      expect(parseAuditLine(line.slice(0, end)).kind).toBe('garbled')
    }
  })
})
