import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'

/** A fenced block of a document. */
export interface Block {
  readonly document: string
  /** What stands behind the opening fence: `sh`, `js vitest`. */
  readonly language: string
  /** Without the indentation that the block has in a list. */
  readonly text: string
}

const root = resolve(import.meta.dirname, '../..')

/** The blocks of a document of this repository, named from its root, in their order. */
export const blocksOf = (document: string): readonly Block[] =>
  [
    ...readFileSync(resolve(root, document), 'utf8').matchAll(/^( *)```(\w[\w:. -]*)\n((?:.*\n)*?)\1```$/gm),
  ].map(([, indentation, language, text]) => ({
    document,
    language: language!,
    text: text!.replaceAll(new RegExp(`^${indentation}`, 'gm'), ''),
  }))
