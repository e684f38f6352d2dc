import { readFileSync } from 'node:fs'
import { capabilities } from '../../lib/syscalls/capabilities.ts'

const status = readFileSync('/proc/self/status', 'utf8')
const field = (name: string): string => new RegExp(`^${name}:\\s*(\\S+)`, 'm').exec(status)?.[1] ?? '0'

/** How many filters this process has already: Docker's own in a container, unless it is unconfined. Kernels before 5.9 don't count them. */
export const outerFilters: number = Number(field('Seccomp_filters'))

/** Whether somebody filtered this process before we do: then the kernel's own answer to a blocked call can't be seen. */
export const filteredAlready: boolean = field('Seccomp') !== '0'

const effective = BigInt(`0x${field('CapEff')}`)

/** Whether this process has the capability `name`, `CAP_SYS_ADMIN`. */
export const holds = (name: string): boolean =>
  ((effective >> BigInt(capabilities.indexOf(name))) & 1n) === 1n
