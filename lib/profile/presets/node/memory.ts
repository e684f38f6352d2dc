import { bits, type Grant, grant } from './promise.ts'

/** mmap(2) */
const [PROT_WRITE, PROT_EXEC, MAP_ANONYMOUS] = [2n, 4n, 0x20n]

const writable = "V8's heap, stacks of threads, malloc(3), files of the program loader"

/**
 * Memory and what may run in it. V8 writes machine code and runs it from the same pages, so a rule that memory is either
 * writable or executable stops it: it takes a refusal for the end of the world (nodejs/node#55509).
 */
export const memory: readonly Grant[] = [
  grant(`${writable}; V8 makes the code it writes executable`, 'mmap mprotect pkey_mprotect'),
]

/** The same for Node under --jitless, which writes no machine code: nothing new ever becomes executable. */
export const jitlessMemory: readonly Grant[] = [
  grant(`${writable}; nothing executable`, 'mmap mprotect pkey_mprotect', [bits(2, PROT_EXEC)]),
]

/** The program loader maps libraries, so a start takes files that are executable; never what can also be written to. */
export const libraries: Grant = grant('The program loader maps code from files', 'mmap', [
  bits(2, PROT_WRITE | PROT_EXEC, PROT_EXEC),
  bits(3, MAP_ANONYMOUS),
])
