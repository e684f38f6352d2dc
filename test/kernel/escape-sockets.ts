import { type Attempt, each, HIGH, NOWHERE, never, unless } from './escape-attempt.ts'

/** Sockets: every family, kinds and protocols within the usual ones, and what one does with a socket. */

const [AF_UNIX, AF_INET, AF_INET6, AF_NETLINK, AF_PACKET, AF_ALG, AF_VSOCK] = [1, 2, 10, 16, 17, 38, 40]
const [SOCK_STREAM, SOCK_DGRAM, SOCK_RAW, SOCK_SEQPACKET, SOCK_PACKET] = [1, 2, 3, 5, 10]
const [SOCK_NONBLOCK, SOCK_CLOEXEC] = [0x800, 0x8_0000]
const flags = SOCK_NONBLOCK | SOCK_CLOEXEC
const [ICMP, TCP, UDP, SCTP, UDPLITE, RAW, MPTCP] = [1, 6, 17, 132, 136, 255, 262]
const [MSG_OOB, MSG_FASTOPEN] = [1, 0x2000_0000]

/** Up to AF_SMC and AF_XDP, but those four that some promise opens in some form. */
const unusual = Array.from({ length: 47 }, (_, family) => family).filter(
  (family) => ![AF_UNIX, AF_INET, AF_INET6, AF_NETLINK].includes(family),
)

const families = never(
  // No protocol of any family has this number.
  ...each(unusual, (family) => ['socket', family, SOCK_RAW | SOCK_CLOEXEC, 0x7fff]),
  ['socket', AF_PACKET, SOCK_RAW, 0],
  ['socket', AF_PACKET, SOCK_DGRAM | flags, 0],
  ['socket', AF_ALG, SOCK_SEQPACKET, 0],
  ['socket', AF_ALG, SOCK_SEQPACKET | flags, 0],
  ['socket', AF_VSOCK, SOCK_STREAM, 0],
  ['socket', AF_VSOCK, SOCK_STREAM | flags, 0],
  // An int to the kernel, which sees the family; so must the filter.
  ...each([AF_PACKET, AF_ALG, AF_VSOCK], (family) => ['socket', HIGH | BigInt(family), SOCK_RAW, 0x7fff]),
  ...each([4, 6, 9, 12, 15, 16], (protocol) => ['socket', AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol]),
  ['socket', AF_NETLINK, SOCK_DGRAM, 12],
  ['socket', AF_NETLINK, SOCK_DGRAM, HIGH | 9n],
  ['socket', AF_NETLINK, SOCK_STREAM, 0],
)

const kinds = never(
  ...[AF_INET, AF_INET6].flatMap((family) => [
    ...each([ICMP, UDP, RAW], (protocol) => ['socket', family, SOCK_RAW, protocol] as const),
    ...each([SCTP, MPTCP], (protocol) => ['socket', family, SOCK_STREAM | flags, protocol] as const),
    ...each([ICMP, UDPLITE], (protocol) => ['socket', family, SOCK_DGRAM, protocol] as const),
    ['socket', family, SOCK_SEQPACKET, SCTP] as const,
    ['socket', family, SOCK_PACKET, 3] as const,
    ['socket', HIGH | BigInt(family), SOCK_RAW, ICMP] as const,
    ['socket', family, HIGH | BigInt(SOCK_RAW), RAW] as const,
    // A flag that there isn't.
    ['socket', family, SOCK_STREAM | 0x10, 0] as const,
  ]),
  ...each([AF_INET, AF_VSOCK, 30], (family) => ['socketpair', family, SOCK_STREAM, 0, NOWHERE]),
  ...each([SOCK_DGRAM, SOCK_SEQPACKET], (type) => ['socketpair', AF_UNIX, type, 0, NOWHERE]),
)

/** Of the usual kinds, which some promise each opens. */
const usual = [
  ...unless('netClient', 'netServer')(
    ['socket', AF_INET, SOCK_STREAM, 0],
    ['socket', AF_INET6, SOCK_STREAM | flags, TCP],
    ['socket', HIGH | BigInt(AF_INET), SOCK_STREAM, 0],
    ['recvfrom', -1, NOWHERE, 1, 0, 0, 0],
    ['recvmmsg', -1, NOWHERE, 1, 0, 0],
    ['setsockopt', -1, 6, 1, NOWHERE, 4],
  ),
  ...unless('netClient')(
    ['socket', AF_INET, SOCK_DGRAM, 0],
    ['socket', AF_INET6, SOCK_DGRAM | flags, UDP],
    ['connect', -1, NOWHERE, 16],
    ['connect', -1, NOWHERE, 110],
    // Connects as it sends, past a rule for connect (RFC 7413).
    ['sendto', -1, NOWHERE, 1, MSG_FASTOPEN, NOWHERE, 16],
    ['sendmsg', -1, NOWHERE, MSG_FASTOPEN],
    ['sendmsg', -1, NOWHERE, HIGH | BigInt(MSG_FASTOPEN)],
    ['sendmmsg', -1, NOWHERE, 1, MSG_FASTOPEN],
  ),
  ...unless('netServer')(
    ['listen', -1, 1],
    ['accept', -1, NOWHERE, NOWHERE],
    ['accept4', -1, NOWHERE, NOWHERE, flags],
  ),
  ...unless('netServer', 'osInfo')(['bind', -1, NOWHERE, 16], ['bind', -1, NOWHERE, 110]),
  ...unless(
    'netClient',
    'netServer',
    'osInfo',
  )(['sendto', -1, NOWHERE, 1, 0, NOWHERE, 16], ['sendmmsg', -1, NOWHERE, 1, 0]),
  ...unless('osInfo')(
    ['socket', AF_NETLINK, SOCK_RAW, 0],
    ['socket', AF_NETLINK, SOCK_RAW | flags, 0],
    ['socket', AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, 0],
  ),
  ...unless('unixSocket')(
    ['socket', AF_UNIX, SOCK_STREAM, 0],
    ['socket', AF_UNIX, SOCK_DGRAM | flags, 0],
    ['socket', AF_UNIX, SOCK_SEQPACKET, 0],
  ),
  // A pair of these reaches nobody.
  ...unless('run')(
    ['socketpair', AF_UNIX, SOCK_STREAM, 0, NOWHERE],
    ['socketpair', AF_UNIX, SOCK_STREAM | flags, 0, NOWHERE],
  ),
  // Out of band led out of Chrome's sandbox (CVE-2025-38236).
  ...unless('netClient')(
    ['sendmsg', -1, NOWHERE, MSG_OOB],
    ['sendto', -1, NOWHERE, 1, MSG_OOB, 0, 0],
    ['sendmmsg', -1, NOWHERE, 1, MSG_OOB],
  ),
  ...never(
    ['recvmsg', -1, NOWHERE, MSG_OOB],
    ['recvmsg', -1, NOWHERE, HIGH | BigInt(MSG_OOB)],
    ['recvfrom', -1, NOWHERE, 1, MSG_OOB, 0, 0],
    ['recvmmsg', -1, NOWHERE, 1, MSG_OOB, 0],
  ),
]

/** Options that filter, redirect or disguise traffic, or reach code few have looked at. Level, name. */
const options = never(
  ...each(
    [
      [1, 26], // SO_ATTACH_FILTER
      [1, 50], // SO_ATTACH_BPF
      [1, 51], // SO_ATTACH_REUSEPORT_CBPF
      [1, 25], // SO_BINDTODEVICE
      [1, 36], // SO_MARK
      [1, 32], // SO_SNDBUFFORCE
      [1, 61], // SO_TXTIME
      [0, 64], // IPT_SO_SET_REPLACE
      [0, 65], // IPT_SO_SET_ADD_COUNTERS
      [0, 16], // IP_IPSEC_POLICY
      [0, 19], // IP_TRANSPARENT
      [41, 64], // IP6T_SO_SET_REPLACE
      [6, 19], // TCP_REPAIR
      [6, 30], // TCP_FASTOPEN_CONNECT
      [6, 31], // TCP_ULP
      [17, 100], // UDP_ENCAP
      [263, 5], // PACKET_RX_RING
      [279, 1], // ALG_SET_KEY
    ] as const,
    ([level, name]) => ['setsockopt', -1, level, name, NOWHERE, 16],
  ),
  ['setsockopt', -1, HIGH | 1n, HIGH | 26n, NOWHERE, 16],
)

export const sockets: readonly Attempt[] = [...families, ...kinds, ...usual, ...options]
