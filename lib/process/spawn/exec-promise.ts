/** What `util.promisify` makes of exec and execFile. */
import type { ChildProcess } from 'node:child_process'

type Output = string | Buffer
type Finish = (error: Error | null, stdout: Output, stderr: Output) => void
type Run = (...args: [...unknown[], Finish]) => ChildProcess

/** A promise of both outputs, with the `child`; a rejection has them too. What is thrown at once is thrown, as by Node's. */
export const promiseForm =
  (run: Run) =>
  (...args: unknown[]): Promise<{ stdout: Output; stderr: Output }> => {
    let finish: Finish | undefined
    const promise = new Promise<{ stdout: Output; stderr: Output }>((resolve, reject) => {
      finish = (error, stdout, stderr) =>
        error ? reject(Object.assign(error, { stdout, stderr })) : resolve({ stdout, stderr })
    })
    return Object.assign(promise, { child: run(...args, finish!) })
  }
