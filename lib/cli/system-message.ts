import { getSystemErrorMap } from 'node:util'

/** What the system said, in its words and without the call's: `no such file or directory`. */
export const systemMessage = (error: unknown): string => {
  const { errno, message } = error as NodeJS.ErrnoException
  return (errno === undefined ? undefined : getSystemErrorMap().get(errno)?.[1]) ?? message
}
