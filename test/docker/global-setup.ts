import { engineMissing, startEngine } from './engine.ts'

/** One engine for all files of the suite: the one that answers, or a dockerd of our own, ended with the last of them. */
export default async (): Promise<(() => Promise<void>) | undefined> => {
  if (await engineMissing()) return undefined
  try {
    return (await startEngine()).stop
  } catch (error) {
    // The suites fail on their own; the others are none the worse for it.
    console.error((error as Error).message)
    return undefined
  }
}
