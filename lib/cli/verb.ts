import type { Command } from 'commander'

/** A verb's file. It is imported only when the verb is used, or its help asked for: starting up must stay quick. */
export interface VerbModule {
  /** Gives the command its arguments, options, help and action. */
  readonly define: (command: Command) => void
}

/** One verb of the command line. */
export interface Verb {
  readonly name: string
  /** What it does, in a line of `seccomp --help`. */
  readonly summary: string
  readonly load: () => Promise<VerbModule>
}
