import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ProfileError } from '../../lib/errors.ts'
import { readJson } from '../../lib/profile/json/read.ts'

const refusal = (text: string): string => {
  try {
    readJson(text)
  } catch (error) {
    if (error instanceof ProfileError) return error.message
    throw error
  }
  return 'read without complaint'
}

describe('the exact JSON reader', () => {
  it('agrees with JSON.parse on every JSON text with integers below 2^53', () => {
    fc.assert(
      fc.property(fc.json(), fc.constantFrom(undefined, 1, '\t'), (text, space) => {
        const value = JSON.parse(text)
        fc.pre(!hasUnsafeInteger(value))
        const spaced = JSON.stringify(value, null, space)
        expect(JSON.stringify(readJson(spaced).value)).toBe(JSON.stringify(value))
      }),
      { numRuns: 500 },
    )
  })

  it('refuses exactly the texts that JSON.parse refuses', () => {
    const unit = fc.constantFrom(
      ...'{}[]:,"\\ue0123.+-Eftn \n\u0001',
      'true',
      'false',
      'null',
      '"a"',
      '12',
      '\\u00e9',
      'é',
    )
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 12 }), (text) => {
        expect(accepts(() => readJson(text).duplicates)).toBe(accepts(() => JSON.parse(text)))
      }),
      { numRuns: 5000 },
    )
  })

  it('keeps integers of any size exactly, as number where that is exact and as bigint beyond', () => {
    fc.assert(
      fc.property(fc.bigInt(-(1n << 200n), 1n << 200n), (integer) => {
        const { value } = readJson(`${integer}`)
        expect(BigInt(value as bigint | number)).toBe(integer)
        expect(typeof value).toBe(Number.isSafeInteger(Number(integer)) ? 'number' : 'bigint')
      }),
    )
    expect(readJson('18446744073709551615').value).toBe(18446744073709551615n)
    expect(readJson('9007199254740993').value).toBe(9007199254740993n)
    expect(readJson('-0').value).toBe(-0)
    expect(readJson('[1.5, 1e3, 2E-2]').value).toEqual([1.5, 1000, 0.02])
  })

  it('finds line and column of every value and key, in UTF-16 units, whatever ends the lines', () => {
    const document = readJson('{\n  "😀": [1,\r\n "x"],\r  "a/b~c": {"": null}\n}')
    expect(document.locate('')).toMatchObject({ line: 1, column: 1 })
    expect(document.locate('/😀')).toMatchObject({ line: 2, column: 9 })
    expect(document.locate('/😀', 'key')).toMatchObject({ line: 2, column: 3 })
    expect(document.locate('/😀/0')).toMatchObject({ line: 2, column: 10 })
    expect(document.locate('/😀/1')).toMatchObject({ line: 3, column: 2 })
    expect(document.locate('/a~1b~0c/')).toMatchObject({ line: 4, column: 17 })
    expect(document.locate('/a~1b~0c/', 'key')).toMatchObject({ line: 4, column: 13 })
    for (const nowhere of ['/b', '/😀/2', '/😀/01', '/😀/', '/😀/0/0', '/😀/length', '/a~1b~0c/constructor'])
      expect(document.locate(nowhere), nowhere).toBeUndefined()
  })

  it('finds each value where the text has it', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.integer()), (object) => {
        const text = JSON.stringify(object, null, 2)
        const document = readJson(text)
        for (const [key, value] of Object.entries(object)) {
          const pointer = `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`
          const { offset } = document.locate(pointer)!
          expect(text.slice(offset)).toMatch(new RegExp(`^${value}\\D`))
          expect(text.slice(document.locate(pointer, 'key')!.offset).startsWith(JSON.stringify(key))).toBe(
            true,
          )
        }
      }),
    )
  })

  it('skips a byte order mark and does not count it as a column', () => {
    expect(readJson('\ufeff{"a": 1}').locate('/a')).toMatchObject({ line: 1, column: 7 })
  })

  it('reads __proto__ as a key like any other, and no key from a prototype', () => {
    const { value } = readJson('{"__proto__": {"polluted": 1}}')
    expect(Object.keys(value as object)).toEqual(['__proto__'])
    expect(Object.getPrototypeOf(value)).toBeNull()
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })

  it('reports a key written twice, with both places, and keeps the first', () => {
    const { value, duplicates } = readJson('{"a": 1,\n "b": {"c": 1, "c": 2, "\\u0063": 3}, "a": 2}')
    expect(JSON.stringify(value)).toBe('{"a":1,"b":{"c":1}}')
    expect(
      duplicates.map(({ pointer, position, first }) => [
        pointer,
        position.line,
        position.column,
        first.column,
      ]),
    ).toEqual([
      ['/b/c', 2, 16, 8],
      ['/b/c', 2, 24, 8],
      ['/a', 2, 38, 2],
    ])
  })

  it.each([
    ['', '1:1: (document): the document is empty'],
    [' \n ', '2:2: (document): the document is empty'],
    [
      '{',
      "1:2: (document): expected a key in double quotes, found the end of the document; the object opened at 1:1 isn't closed",
    ],
    [
      '{"a": [1,',
      "1:10: /a/1: expected a value, found the end of the document; the array opened at 1:7 isn't closed",
    ],
    ['{"a": 1,}', '1:9: (document): a member must follow the comma; JSON has no trailing commas'],
    ['{"a": [1,]}', '1:10: /a: an element must follow the comma; JSON has no trailing commas'],
    ['{"a" 1}', `1:6: /a: expected ':' after the key "a", found "1"`],
    ['{"a": 1 "b": 2}', `1:9: (document): expected ',' or '}', found "\\""`],
    ['[1 2]', `1:4: (document): expected ',' or ']', found "2"`],
    ['{a: 1}', '1:2: (document): expected a key in double quotes, found "a"'],
    [
      "{'a': 1}",
      `1:2: (document): expected a key in double quotes, found "'"; JSON strings have double quotes`,
    ],
    ['{"a": 1} x', '1:10: (document): nothing may follow the document, found "x"'],
    ['{}{}', '1:3: (document): nothing may follow the document, found "{"'],
    ['// hello\n{}', '1:1: (document): expected a value, found "/"; JSON has no comments'],
    ['{"a": NaN}', '1:7: /a: expected a value, found "NaN"'],
    ['{"a": nullify}', '1:7: /a: expected a value, found "nullify"'],
    ['{"a": undefined}', '1:7: /a: expected a value, found "undefined"'],
    ['{"a": 0x10}', '1:8: /a: JSON has no hexadecimal numbers; in quotes, as "0x10"'],
    ['{"a": 010}', '1:8: /a: a number has no leading zero'],
    ['{"a": +1}', '1:7: /a: expected a value, found "+"; a JSON number has no plus sign'],
    ['{"a": .5}', '1:7: /a: expected a value, found "."; a JSON number starts with a digit'],
    ['{"a": 1.}', '1:9: /a: expected a digit, found "}"'],
    ['{"a": 1e}', '1:9: /a: expected a digit, found "}"'],
    ['{"a": -}', '1:8: /a: expected a digit, found "}"'],
    ['{"a": "x', "1:9: /a: the document ends early; the string opened at 1:7 isn't closed"],
    ['{"a": "x\ny"}', '1:9: /a: a line break in a string'],
    ['{"a": "x\u0000y"}', '1:9: /a: control character "\\u0000" in a string'],
    ['{"a": "\\x41"}', '1:8: /a: unknown escape "\\\\x"'],
    ['{"a": "\\u12g4"}', '1:8: /a: \\u must be followed by four hexadecimal digits'],
  ])('says what is wrong in %j', (text, message) => {
    expect(refusal(text)).toContain(`profile:${message}`)
  })

  it('bounds the digits of a number, which take time to read exactly', () => {
    expect(readJson('9'.repeat(1000)).value).toBe(10n ** 1000n - 1n)
    expect(refusal(`{"a": ${'9'.repeat(1001)}}`)).toBe('profile:1:7: /a: a number of more than 1000 digits')
  })

  it('bounds the depth, so that hostile text is an issue and no stack overflow', () => {
    expect(readJson('['.repeat(128) + ']'.repeat(128)).value).toBeInstanceOf(Array)
    expect(refusal('['.repeat(1_000_000))).toContain('1:129: ')
    expect(refusal('{"a":'.repeat(1_000_000))).toContain('nested deeper than 128 levels')
  })
})

const accepts = (read: () => unknown): boolean => {
  try {
    read()
    return true
  } catch (error) {
    if (error instanceof ProfileError || error instanceof SyntaxError) return false
    throw error
  }
}

const hasUnsafeInteger = (value: unknown): boolean =>
  typeof value === 'number'
    ? Number.isInteger(value) && !Number.isSafeInteger(value)
    : typeof value === 'object' && value !== null && Object.values(value).some(hasUnsafeInteger)
