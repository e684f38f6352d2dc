/**
 * Makes the system calls it is told on standard input and prints what the kernel answered: 0 or the errno of each.
 * Input: `[["native" | "int80" | "x32", number, [argument, …]], …]`; arguments are decimal strings.
 */
import { createRequire } from 'node:module'
import { text } from 'node:stream/consumers'

const raw = createRequire(import.meta.url)('../../build/Release/raw_syscall.node')
const doors = { native: raw.syscall, int80: raw.int80, x32: raw.syscall }

const calls = JSON.parse(await text(process.stdin))
const answers = calls.map(([door, number, args]) => doors[door](number, ...args.map(BigInt)).errno)
console.log(JSON.stringify(answers))
