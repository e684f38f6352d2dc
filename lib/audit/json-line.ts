/**
 * Logs whose lines are JSON, or fields of a journal entry: the text in them that is a record. journald's json and
 * export formats, Docker's and Kubernetes's json-file, cloud log exports and go-audit put it into some string or
 * other; laurel makes an object of it.
 */

/** How deep a record lies at most; a hostile line may be deep. */
const DEEPEST = 8

/**
 * The record's text in a line of JSON; null in JSON without one, undefined for a line that isn't JSON.
 * @param isRecord whether a text is one
 */
export const textInJson = (line: string, isRecord: (text: string) => boolean): string | null | undefined => {
  // data: in front, as journald's server-sent events have it; [ and , around the items of an array.
  const start = /^(?:data: |\[|,)?\s*(?=[{"])/.exec(line)
  if (!start) return undefined
  const text = line.slice(start[0].length).replace(/[\s,\]]+$/, '')
  const value = parse(text.startsWith('"') ? `{${text}}` : text)
  return value === undefined ? undefined : (search(value, isRecord, 0) ?? null)
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const search = (value: unknown, isRecord: (text: string) => boolean, depth: number): string | undefined => {
  if (typeof value === 'string') return isRecord(value) ? value : undefined
  if (typeof value !== 'object' || value === null || depth > DEEPEST) return undefined
  // journald gives a message that isn't UTF-8 as an array of bytes.
  if (Array.isArray(value) && typeof value[0] === 'number')
    return search(String.fromCharCode(...value.filter(isByte).slice(0, LONGEST)), isRecord, depth + 1)
  const { SECCOMP: laurel, type, data } = value as Record<string, unknown>
  if (typeof laurel === 'object' && laurel !== null) return asRecord(laurel)
  if (type === 1326 && typeof data === 'string') return `type=1326 ${data}`
  for (const member of Object.values(value)) {
    const text = search(member, isRecord, depth + 1)
    if (text !== undefined) return text
  }
  return undefined
}

const LONGEST = 8192

const isByte = (value: unknown): value is number =>
  typeof value === 'number' && value >= 0 && value <= 0xff && Number.isInteger(value)

/** Laurel's object as the line it was made from. */
const asRecord = (fields: object): string => {
  const value = (name: string): string => {
    const given = (fields as Record<string, unknown>)[name]
    if (typeof given === 'number') return `${given}`
    return typeof given === 'string' ? given.replace(/^0x/, name === 'arch' ? '' : '$&') : ''
  }
  const quoted = (name: string): string =>
    value(name) ? ` ${name}="${value(name).replaceAll('"', '')}"` : ''
  return (
    `type=SECCOMP pid=${value('pid')}${quoted('comm')}${quoted('exe')} arch=${value('arch')} ` +
    `syscall=${value('syscall')} code=${value('code')}`
  )
}
