import { closeSync, constants, openSync, readSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'

/** The kernel's log from now on, for who may read it (CAP_SYSLOG). */
export class KernelLog {
  readonly #descriptor: number | undefined

  constructor() {
    try {
      this.#descriptor = openSync('/dev/kmsg', constants.O_RDONLY | constants.O_NONBLOCK)
    } catch {
      return
    }
    while (this.#next() !== undefined);
  }

  /**
   * The line about a process's call, as seccomp writes it (kernel/auditsc.c, audit_seccomp); undefined when none comes
   * within `milliseconds`. The kernel writes ten lines in five seconds at most, and none where auditd takes them.
   */
  async lineOf(pid: number, milliseconds: number): Promise<string | undefined> {
    const until = performance.now() + milliseconds
    const wanted = new RegExp(`type=1326 .*\\bpid=${pid}\\b`)
    do {
      for (let line = this.#next(); line !== undefined; line = this.#next())
        if (wanted.test(line)) return line
      await setTimeout(2)
    } while (this.#descriptor !== undefined && performance.now() < until)
    return undefined
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor)
  }

  /** One record a read; its head ends with a semicolon, and lines about it follow (Documentation/ABI/testing/dev-kmsg). */
  #next(): string | undefined {
    if (this.#descriptor === undefined) return undefined
    const record = Buffer.alloc(8192)
    for (;;)
      try {
        const text = record.toString('utf8', 0, readSync(this.#descriptor, record))
        return text.slice(text.indexOf(';') + 1).split('\n')[0]
      } catch (error) {
        // EPIPE: records were overwritten before they were read; the next one is there.
        if ((error as NodeJS.ErrnoException).code !== 'EPIPE') return undefined
      }
  }
}
