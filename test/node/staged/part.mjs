import { readFileSync } from 'node:fs'

const first = () => {
  try {
    return readFileSync('/etc/passwd').length > 0
  } catch (error) {
    return error.code
  }
}
/** What the first line that runs at all can do. */
export const module = first()
