/** What a child of the pool does. Nothing may be given up before the pool itself has loaded all it needs: see setup. */
import { drop } from 'seccomp'

export { attempt } from './attempts.js'
export const sum = (numbers) => numbers.reduce((a, b) => a + b)

/** jest-worker calls it before the first task, waits, and loads its last module when it is given a promise. */
export const setup = async () => {
  await undefined
  drop('node:compute')
}
