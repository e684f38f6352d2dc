/**
 * The machines. `lacks` is written out by hand, so that the package's own table of versions isn't its only witness
 * (seccomp(2); Linux 5.19 brought WAIT_KILLABLE_RECV).
 */
const x86 = {
  arch: 'x86_64',
  debian: 'amd64',
  kernelPackage: 'linux-image-cloud-amd64',
  emulator: 'qemu-system-x86_64',
  // An old CPU, for qemu 7.2 emulates some of newer ones badly: with -cpu max a kernel ended in a double fault, the flags
  // random after cmpxchg16b. rdrand, so that nothing waits for randomness.
  options: ['-M', 'q35', '-cpu', 'Nehalem,-cx16,+rdrand', '-m', '1024'],
  console: 'ttyS0',
}

export const machines = [
  {
    ...x86,
    name: 'linux-5.10-x86_64',
    suite: 'bullseye',
    node: 20,
    lacks: ['SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV'],
  },
  { ...x86, name: 'linux-6.1-x86_64', suite: 'bookworm', node: 22, lacks: [] },
  { ...x86, name: 'linux-6.12-x86_64', suite: 'trixie', node: 24, lacks: [] },
  { ...x86, name: 'linux-newest-x86_64', suite: 'sid', node: 26, lacks: [] },
  {
    name: 'linux-6.1-arm64',
    arch: 'aarch64',
    debian: 'arm64',
    suite: 'bookworm',
    kernelPackage: 'linux-image-cloud-arm64',
    emulator: 'qemu-system-aarch64',
    // With -cpu max emulated pointer authentication takes most of the time.
    options: ['-M', 'virt', '-cpu', 'cortex-a57', '-m', '1024'],
    console: 'ttyAMA0',
    node: 22,
    lacks: [],
  },
  {
    name: 'linux-6.12-riscv64',
    arch: 'riscv64',
    debian: 'riscv64',
    suite: 'trixie',
    kernelPackage: 'linux-image-riscv64',
    emulator: 'qemu-system-riscv64',
    options: ['-M', 'virt', '-m', '512'],
    console: 'ttyS0',
    // There is no Node for it.
    node: undefined,
    lacks: [],
  },
]
