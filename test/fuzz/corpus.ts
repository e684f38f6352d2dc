import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Target } from './target.ts'

/**
 * The inputs that together reach all code that fuzzing has reached so far: test/fuzz/corpus/TARGET.txt, one a line,
 * as JSON text, or in hexadecimal where it isn't UTF-8.
 */
const fileOf = ({ name }: Target): string => join(import.meta.dirname, 'corpus', `${name}.txt`)

const fatal = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

const line = (input: Uint8Array): string => {
  try {
    return JSON.stringify(fatal.decode(input))
  } catch {
    return Buffer.from(input).toString('hex')
  }
}

const read = (text: string): Uint8Array =>
  text.startsWith('"') ? Buffer.from(JSON.parse(text) as string) : Buffer.from(text, 'hex')

/** The kept inputs, or the seeds where nothing was kept yet. */
export const readCorpus = (target: Target): Uint8Array[] => {
  const file = fileOf(target)
  const kept = existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean).map(read) : []
  return [...target.seeds.map((seed) => Buffer.from(seed)), ...kept]
}

/** Short ones first, so that a change of one input is a change of one line. */
export const writeCorpus = (target: Target, inputs: readonly Uint8Array[]): void => {
  const seeds = new Set(target.seeds.map((seed) => line(Buffer.from(seed))))
  const lines = [...new Set(inputs.map(line))].filter((each) => !seeds.has(each))
  lines.sort((a, b) => a.length - b.length || (a < b ? -1 : 1))
  writeFileSync(fileOf(target), lines.map((each) => `${each}\n`).join(''))
}

/** Where a failing input and the inputs being tried lie. */
const scratch = (name: string): string => {
  const folder = join(import.meta.dirname, '../../test-results/fuzz')
  mkdirSync(folder, { recursive: true })
  return join(folder, name)
}

/** Keeps an input that failed; returns where. */
export const keepFailure = (target: Target, input: Uint8Array): string => {
  const file = scratch(`${target.name}-failed.txt`)
  writeFileSync(file, `${line(input)}\n`)
  return file
}

/** Keeps what is about to run: all that is left of an input that never ends. */
export const keepRunning = (target: Target, inputs: readonly Uint8Array[]): void =>
  writeFileSync(scratch(`${target.name}-running.txt`), inputs.map((each) => `${line(each)}\n`).join(''))
