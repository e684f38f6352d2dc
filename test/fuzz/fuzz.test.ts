import { describe, expect, test } from 'vitest'
import { Random } from '../random.ts'
import { readCorpus } from './corpus.ts'
import { explore } from './explore.ts'
import { mutate } from './mutate.ts'
import { targets } from './targets/index.ts'
import { tryInput } from './trial.ts'

/** `npm run fuzz` sets them: how long each reader is explored, which one, and from which seed. */
const seconds = Number(process.env['FUZZ_SECONDS'] ?? 0)
const only = process.env['FUZZ_TARGET']
const seed = Number(process.env['SECCOMP_SEED'] ?? 20_261_122)
const chosen = targets.filter(({ name }) => only === undefined || name === only)

/** In `npm test`, always the same ones. */
const MUTATIONS = 400

const replay = (): void => {
  test.each(chosen)(`$name: its corpus, and ${MUTATIONS} inputs made of it`, (target) => {
    const corpus = readCorpus(target)
    // Without a corpus of its own this would test little.
    expect(corpus.length).toBeGreaterThan(target.seeds.length)
    for (const input of corpus) tryInput(target, input)
    const random = new Random(1)
    for (let done = 0; done < MUTATIONS; done++)
      tryInput(target, mutate(random.of(corpus), random, { ...target, other: random.of(corpus) }))
  })
}

const fuzz = (): void => {
  test.each(chosen)(`$name for ${seconds} s`, { timeout: (seconds + 120) * 1000 }, (target) => {
    const { inputs, corpus, characters } = explore(target, seed, seconds * 1000)
    console.log(
      `${target.name}: ${inputs} inputs, ${corpus} kept, ${characters} characters of source reached`,
    )
    expect(inputs).toBeGreaterThan(0)
  })
}

if (seconds > 0) describe(`fuzzing with SECCOMP_SEED=${seed}`, fuzz)
else describe('what fuzzing has found so far', replay)
