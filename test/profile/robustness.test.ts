import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ProfileError } from '../../lib/errors.ts'
import { formatProfile } from '../../lib/profile/format.ts'
import { parseProfile, parseProfileText } from '../../lib/profile/parse.ts'
import { arbitraryDocument, toJson } from './arbitrary-profile.ts'

/** Runs `read`; anything but a profile or a ProfileError with issues is a failure. */
const outcome = (read: () => unknown): 'read' | 'refused' => {
  try {
    read()
    return 'read'
  } catch (error) {
    if (!(error instanceof ProfileError)) throw error
    expect(error.issues.length).toBeGreaterThan(0)
    for (const { message } of error.issues) expect(message).toMatch(/^\S[^\n]*$/)
    return 'refused'
  }
}

describe('whatever it is given, the parser answers with a profile or a ProfileError', () => {
  it('for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => void outcome(() => parseProfileText(text))),
    )
  })

  it('for any JSON', () => {
    fc.assert(fc.property(fc.json(), (text) => void outcome(() => parseProfileText(text))))
  })

  it('for any value', () => {
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withNullPrototype: true,
      withSparseArray: true,
    })
    fc.assert(fc.property(anything, (value) => void outcome(() => parseProfile(value))))
  })

  it('for the text of a profile with a piece cut out, doubled, or changed; every issue is inside the text', () => {
    const edited = fc
      .tuple(
        arbitraryDocument,
        fc.nat(),
        fc.nat(20),
        fc.constantFrom('', '"', ',', '{', '0', '\\', '\n', 'null'),
      )
      .map(([document, at, length, patch]) => {
        const text = toJson(document)
        const start = at % (text.length + 1)
        return text.slice(0, start) + patch + text.slice(start + length)
      })
    fc.assert(
      fc.property(edited, (text) => {
        try {
          parseProfileText(text)
        } catch (error) {
          if (!(error instanceof ProfileError)) throw error
          const lines = text.split('\n')
          const offsets = error.issues.map(({ line, column }) => {
            expect(line).toBeLessThanOrEqual(lines.length)
            expect(column).toBeLessThanOrEqual(lines[line! - 1]!.length + 1)
            return lines.slice(0, line! - 1).join('\n').length + column!
          })
          expect(offsets).toEqual(offsets.toSorted((a, b) => a - b))
        }
      }),
      { numRuns: 500 },
    )
  })

  it('for a profile in which any one value was replaced by another', () => {
    const strange = fc.oneof(
      fc.anything(),
      fc.constantFrom(null, '', [], {}, -1, 1.5, 2 ** 60, 'SCMP_ACT_ALLOW', '4.8'),
    )
    fc.assert(
      fc.property(arbitraryDocument, fc.nat(), strange, (document, at, value) => {
        const places = placesIn(document)
        const [holder, key] = places[at % places.length]!
        holder[key] = value
        if (outcome(() => parseProfile(document)) === 'read')
          expect(outcome(() => parseProfileText(formatProfile(parseProfile(document))))).toBe('read')
      }),
      { numRuns: 500 },
    )
  })

  it('and takes time in proportion to the text: a megabyte of mistakes is refused within seconds', () => {
    const megabyte = 1 << 20
    const hostile = [
      `{${'"a":0,'.repeat(megabyte / 6)}"a":0}`,
      `{${Array.from({ length: megabyte / 12 }, (_, index) => `"k${index}":0`).join(',')}}`,
      `{"syscalls":[${'0,'.repeat(megabyte / 2)}0]}`,
      `{"syscalls":[{"includes":{"caps":[${'"CAP_SYS_ADMON",'.repeat(megabyte / 16)}"x"]}}]}`,
      '['.repeat(megabyte),
      '1'.repeat(megabyte),
      `"${'\\n'.repeat(megabyte / 2)}"`,
      `${'\n'.repeat(megabyte)}{}`,
    ]
    for (const text of hostile) {
      const start = performance.now()
      expect(outcome(() => parseProfileText(text))).toBe('refused')
      expect(performance.now() - start).toBeLessThan(10_000)
    }
  })
})

/** Every place of a document that holds a value, as its holder and key. */
const placesIn = (value: unknown): [Record<string, unknown>, string][] =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([key, member]) => [
        [value as Record<string, unknown>, key] as [Record<string, unknown>, string],
        ...placesIn(member),
      ])
    : []
