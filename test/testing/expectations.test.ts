import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { Ajv } from 'ajv'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { checkExpectations } from '../../lib/testing/expectations/check.ts'
import { readExpectations } from '../../lib/testing/expectations/read.ts'
import { target, web } from './profiles.ts'

/** Checks expectations of web.json; what is wrong with them, if anything. */
const issuesOf = async (text: string): Promise<string> => {
  try {
    await checkExpectations(JSON.parse(web), readExpectations(text, 'e.yaml'), { target })
    return ''
  } catch (error) {
    return (error as Error).message
  }
}

describe('a bad file says what is wrong with it', () => {
  test.each([
    ['nothing', '', /1:1: expectations are a mapping/],
    ['no expectation', 'expect: []', /1:9 \/expect: expect is empty/],
    ['no list of expectations', 'target: {}', /1:1: no "expect"/],
    ['no YAML', 'expect:\n  - { call: mount', /2:18: this is no YAML/],
    ['a second document', 'expect: []\n---\n1', /2:1: a second document begins here/],
    ['an alias of nothing', 'expect:\n  - *there', /2:5 \/expect\/0: no value before this is marked &there/],
    ['a merge key', 'expect: [{ <<: { call: read }, verdict: ALLOW }]', /unknown key "<<"/],
    ['no call', 'expect: [{ call: [], verdict: ALLOW }]', /call is empty/],
    [
      'a call that the architecture lacks',
      'expect: [{ call: vm86old, verdict: ALLOW, arch: x86_64 }]',
      /x86_64 has no system call vm86old/,
    ],
    [
      'a value that the register has no room for',
      'expect: [{ call: read, args: [0x100000000], verdict: ALLOW, arch: x86 }]',
      /32 bits/,
    ],
    [
      'a name that one architecture of several lacks',
      'expect: [{ call: mmap, args: [~, ~, PROT_EXEC], verdict: ALLOW }]',
      /on x86, which the profile lists too/,
    ],
    ['more than 64 bits', 'expect: [{ call: read, args: [0x10000000000000000], verdict: ALLOW }]', /64 bits/],
    ['seven arguments', 'expect: [{ call: read, args: [0, 0, 0, 0, 0, 0, 0], verdict: ALLOW }]', /at most 6/],
    [
      'bits both set and clear',
      'expect: [{ call: clone, args: [{ set: 3, clear: 1 }], verdict: ALLOW }]',
      /0x1 both/,
    ],
    ['data where there is none', 'expect: [{ call: read, verdict: ALLOW(1) }]', /carry data/],
    ['a number that is no errno', 'expect: [{ call: read, verdict: ERRNO(70000) }]', /0 to 65535/],
  ])('%s', async (_, text, message) => {
    expect(await issuesOf(text)).toMatch(message)
  })

  test('an alias of itself ends', async () => {
    expect(await issuesOf('expect:\n  - { call: read, verdict: ALLOW, args: &x [*x] }')).toMatch(/not a list/)
  })
})

describe('what can be written', () => {
  test.each([
    [
      'numbers above 2^53, exactly',
      '{ call: ptrace, args: [18446744073709551615, -1, "-0x1"], verdict: killed }',
    ],
    ['numbers of calls', "{ call: [0, '#0', '0x0'], arch: x86_64, verdict: ALLOW }"],
    ['actions as profiles spell them', '{ call: ptrace, verdict: SCMP_ACT_KILL_PROCESS }'],
    ['an errno as a number', '{ call: socket, args: [{ set: 4 }], verdict: ERRNO(1) }'],
    ['names of constants', '{ call: socket, args: [AF_INET], verdict: allowed }'],
    ['an alias', '{ call: &c read, verdict: ALLOW }\n  - { call: *c, verdict: allowed }'],
  ])('%s', async (_, expectation) => {
    const text = `expect:\n  - ${expectation}\n`
    expect(await issuesOf(text)).toBe('')
    const { results } = await checkExpectations(JSON.parse(web), readExpectations(text, 'e.yaml'), { target })
    expect(results.filter(({ outcome }) => !outcome.holds)).toEqual([])
  })
})

describe('the published schema', () => {
  const schema = JSON.parse(
    readFileSync(resolve(import.meta.dirname, '../../schema/expectations.schema.json'), 'utf8'),
  )
  const validate = new Ajv({ strict: true, allowUnionTypes: true }).compile(schema)

  test.each([
    ['expect: [{ call: read, verdict: ALLOW }]', true],
    [
      '{ note: x, $schema: y, target: {}, expect: [{ call: [read, 1], verdict: "ERRNO( EPERM )", why: z }] }',
      true,
    ],
    [
      '{ target: { arch: x86_64, kernel: 6.10, caps: docker, as: crun }, expect: [{ call: read, verdict: LOG }] }',
      true,
    ],
    [
      '{ target: { caps: [none] }, expect: [{ call: read, args: [~, 1, x, { set: 1, clear: 2 }], verdict: denied }] }',
      true,
    ],
    [
      '{ target: { caps: [] }, expect: [{ call: read, arch: x86, args: [{}], verdict: SCMP_ACT_KILL }] }',
      true,
    ],
    ['{}', false],
    ['expect: []', false],
    ['expect: [read]', false],
    ['expect: [{ call: read }]', false],
    ['expect: [{ verdict: ALLOW }]', false],
    ['expect: [{ call: [], verdict: ALLOW }]', false],
    ['expect: [{ call: [[read]], verdict: ALLOW }]', false],
    ['expect: [{ call: read, verdict: ALOW }]', false],
    ['expect: [{ call: read, verdict: SCMP_ACT_denied }]', false],
    ['expect: [{ call: read, verdict: 1 }]', false],
    ['expect: [{ call: read, verdict: ALLOW, args: 1 }]', false],
    ['expect: [{ call: read, verdict: ALLOW, args: [1.5] }]', false],
    ['expect: [{ call: read, verdict: ALLOW, args: [[]] }]', false],
    ['expect: [{ call: read, verdict: ALLOW, args: [{ st: 1 }] }]', false],
    ['expect: [{ call: read, verdict: ALLOW, args: [{ set: ~ }] }]', false],
    ['expect: [{ call: read, verdict: ALLOW, args: [0, 0, 0, 0, 0, 0, 0] }]', false],
    ['expect: [{ call: read, verdict: ALLOW, because: x }]', false],
    ['{ target: { as: docker }, expect: [{ call: read, verdict: ALLOW }] }', false],
    ['{ target: { cap: docker }, expect: [{ call: read, verdict: ALLOW }] }', false],
    ['{ target: [], expect: [{ call: read, verdict: ALLOW }] }', false],
  ])('and the reader agree on %s', (text, good) => {
    expect({
      schema: validate(parse(text)),
      reader: readExpectations(text, 'e').issues.length === 0,
    }).toEqual({
      schema: good,
      reader: good,
    })
  })
})
