/** What `util.promisify` makes of exec and execFile. */
import type { ChildProcess } from 'node:child_process'

type Output = string | Buffer
type Run = (
  ...args: [...unknown[], (error: Error | null, stdout: Output, stderr: Output) => void]
) => ChildProcess

/** A promise of both outputs, with the `child`; a rejection has them too. */
export const promiseForm =
  (run: Run) =>
  (...args: unknown[]): Promise<{ stdout: Output; stderr: Output }> => {
    let child: ChildProcess | undefined
    const promise = new Promise<{ stdout: Output; stderr: Output }>((resolve, reject) => {
      child = run(...args, (error, stdout, stderr) =>
        error ? reject(Object.assign(error, { stdout, stderr })) : resolve({ stdout, stderr }),
      )
    })
    return Object.assign(promise, { child })
  }
