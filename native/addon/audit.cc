#include "audit.h"

#include <stdint.h>

#include "../system.h"

namespace seccomp {

namespace {

// include/uapi/linux/{socket,netlink,audit}.h, asm-generic/socket.h, include/linux/net.h
constexpr long kNetlinkFamily = 16;         // AF_NETLINK
constexpr long kRawCloseOnExec = 3 | 0x80000;  // SOCK_RAW | SOCK_CLOEXEC
constexpr long kAuditProtocol = 9;          // NETLINK_AUDIT
constexpr uint32_t kReadLogGroup = 1;       // 1 << (AUDIT_NLGRP_READLOG - 1)
constexpr long kSocketLevel = 1;            // SOL_SOCKET
constexpr long kReceiveBuffer = 8;          // SO_RCVBUF
constexpr long kReceiveBufferForce = 33;    // SO_RCVBUFFORCE
constexpr long kReceiveTimeout = 20;        // SO_RCVTIMEO_OLD, with a 64-bit struct timeval

// struct sockaddr_nl
struct NetlinkAddress {
  uint16_t family;
  uint16_t padding;
  uint32_t port;
  uint32_t groups;
};

// struct timeval
struct Time {
  long seconds;
  long microseconds;
};

// A burst waits in here; past it the kernel drops records, and the next read says ENOBUFS.
constexpr int kBufferSize = 16 << 20;

template <typename Value>
long SetOption(long fd, long option, const Value& value) {
  return RawSyscall(SYS_setsockopt, fd, kSocketLevel, option, reinterpret_cast<long>(&value), sizeof value, 0);
}

}  // namespace

long OpenAuditLog() {
  const long fd = RawSyscall(SYS_socket, kNetlinkFamily, kRawCloseOnExec, kAuditProtocol, 0, 0, 0);
  if (fd < 0) return fd;
  // Beyond the system's limit only with CAP_NET_ADMIN; else up to it.
  if (SetOption(fd, kReceiveBufferForce, kBufferSize) < 0) SetOption(fd, kReceiveBuffer, kBufferSize);
  const Time timeout = {0, 200'000};
  const NetlinkAddress address = {kNetlinkFamily, 0, 0, kReadLogGroup};
  long result = SetOption(fd, kReceiveTimeout, timeout);
  if (result == 0)
    result = RawSyscall(SYS_bind, fd, reinterpret_cast<long>(&address), sizeof address, 0, 0, 0);
  if (result == 0) return fd;
  RawSyscall(SYS_close, fd, 0, 0, 0, 0, 0);
  return result;
}

}  // namespace seccomp
