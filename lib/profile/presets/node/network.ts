import type { Condition } from '../../types.ts'
import { bits, type Grant, grant, is, type NodePromise } from './promise.ts'

/** socket(2) */
const [AF_UNIX, AF_INET, AF_INET6, AF_NETLINK] = [1n, 2n, 10n, 16n]
const [SOCK_STREAM, SOCK_DGRAM, SOCK_RAW, SOCK_SEQPACKET] = [1n, 2n, 3n, 5n]
/** Everything of the type but SOCK_NONBLOCK and SOCK_CLOEXEC, which may be there or not. */
const TYPE = 0xfff7f7ffn
const [IPPROTO_TCP, IPPROTO_UDP] = [6n, 17n]

const socket = (family: bigint, type: bigint, protocol = 0n): readonly Condition[] => [
  is(0, family),
  bits(1, TYPE, type),
  is(2, protocol),
]

/** Not raw, packet, VSOCK, ALG and some forty families more, whose code few have looked at. */
const internet = (type: bigint, protocol: bigint): readonly (readonly Condition[])[] =>
  [AF_INET, AF_INET6].flatMap((family) => [socket(family, type), socket(family, type, protocol)])
const tcp = internet(SOCK_STREAM, IPPROTO_TCP)
const udp = internet(SOCK_DGRAM, IPPROTO_UDP)

/** setsockopt(2), socket(7), tcp(7), ip(7), ipv6(7). */
const option = (level: bigint, ...names: readonly bigint[]): readonly (readonly Condition[])[] =>
  names.map((name) => [is(1, level), is(2, name)])
const [IP, SOCKET, TCP, IPV6] = [0n, 1n, 6n, 41n]

/** SO_SNDBUF, SO_RCVBUF */
const buffers = option(SOCKET, 7n, 8n)
const common = [
  ...buffers,
  /** SO_REUSEADDR, SO_BROADCAST, SO_KEEPALIVE, SO_LINGER, SO_REUSEPORT. Not SO_ATTACH_FILTER and SO_ATTACH_BPF. */
  ...option(SOCKET, 2n, 6n, 9n, 13n, 15n),
  /** TCP_NODELAY, TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT, TCP_USER_TIMEOUT */
  ...option(TCP, 1n, 4n, 5n, 6n, 18n),
  /** IP_TOS, IP_TTL, IP_RECVERR, IP_MULTICAST_IF to IP_DROP_MEMBERSHIP, IP_*_SOURCE_MEMBERSHIP. Not netfilter's. */
  ...option(IP, 1n, 2n, 11n, 32n, 33n, 34n, 35n, 36n, 39n, 40n),
  /** IPV6_UNICAST_HOPS to IPV6_DROP_MEMBERSHIP, IPV6_RECVERR, IPV6_V6ONLY, IPV6_TCLASS */
  ...option(IPV6, 16n, 17n, 18n, 19n, 20n, 21n, 25n, 26n, 67n),
  /** MCAST_JOIN_SOURCE_GROUP and MCAST_LEAVE_SOURCE_GROUP */
  ...option(IPV6, 46n, 47n),
]

/** send(2): connects as well as it sends (RFC 7413), past the rule for connect. */
const MSG_FASTOPEN = 0x20000000n
/** recv(2): a byte out of band. Node asks for none, and over unix sockets it led out of Chrome's sandbox (CVE-2025-38236). */
const MSG_OOB = 1n
/** Sending for those who may not connect. */
export const send: readonly Grant[] = [
  grant('Send on sockets it has; not to connect by it, nothing out of band', 'sendmsg', [
    bits(2, MSG_FASTOPEN | MSG_OOB),
  ]),
  grant('The same', 'sendto sendmmsg', [bits(3, MSG_FASTOPEN | MSG_OOB)]),
]
/** In band. */
export const receiving: readonly Condition[] = [bits(2, MSG_OOB)]
const receive: readonly Grant[] = [
  grant('Receive on sockets it has; nothing out of band', 'recvmsg', receiving),
  grant('The same', 'recvfrom recvmmsg', [bits(3, MSG_OOB)]),
]
const settings = grant('Delays, keep-alive, buffers, multicast', 'setsockopt', ...common)

export const netClient: NodePromise = {
  title: 'connect to other machines by TCP, send to them by UDP; to any address',
  implies: ['run'],
  grants: [
    grant('A socket for TCP or UDP', 'socket', ...tcp, ...udp),
    grant('To an address, which is behind a pointer: any', 'connect'),
    grant('Send to any address', 'sendto sendmsg sendmmsg'),
    ...receive,
    settings,
  ],
}

/** A UDP socket sends to whom it likes, so it takes a client; to bind one to a port takes both. */
export const netServer: NodePromise = {
  title: 'listen on TCP ports and serve; connects to nobody',
  implies: ['run'],
  grants: [
    grant('A socket for TCP', 'socket', ...tcp),
    grant('On an address, to wait for who connects', 'bind listen accept accept4'),
    ...send,
    ...receive,
    settings,
  ],
}

export const unixSocket: NodePromise = {
  title: 'connect to and listen on unix sockets, whatever service of this machine stands behind them',
  implies: ['run'],
  grants: [
    grant(
      'A unix socket',
      'socket',
      socket(AF_UNIX, SOCK_STREAM),
      socket(AF_UNIX, SOCK_DGRAM),
      socket(AF_UNIX, SOCK_SEQPACKET),
    ),
    grant('Connect, listen', 'connect bind listen accept accept4'),
    ...send,
    ...receive,
    grant('Sizes of buffers', 'setsockopt', ...buffers),
  ],
}

/** Names can't be told from other traffic, and libc reads files for them: so this is a client that reads. */
export const dns: NodePromise = {
  title: 'look up names: dns.lookup() by libc, dns.resolve() by c-ares',
  implies: ['netClient', 'fsRead', 'threads'],
  grants: [],
}

/**
 * libuv makes a pair for each pipe of a child before it tries to start one. Without it Node reads from pipes that were
 * never connected, and beside the 'error' event of spawn() there is one of each pipe, which nobody handles.
 */
export const pairs: Grant = grant(
  'A pair of unix sockets, connected to each other and to nobody: spawn() makes them before it fails as it should',
  'socketpair',
  socket(AF_UNIX, SOCK_STREAM),
)
export const bufferSizes: readonly (readonly Condition[])[] = buffers
/** NETLINK_ROUTE */
export const routes: readonly (readonly Condition[])[] = [
  socket(AF_NETLINK, SOCK_RAW),
  socket(AF_NETLINK, SOCK_DGRAM),
]
