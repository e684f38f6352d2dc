import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatProfile } from '../../lib/profile/format.ts'
import { parseProfile, parseProfileText } from '../../lib/profile/parse.ts'
import { arbitraryDocument, toJson } from './arbitrary-profile.ts'

describe('formatProfile', () => {
  it('writes a profile that reads back equal, whatever the profile', () => {
    fc.assert(
      fc.property(arbitraryDocument, (document) => {
        const profile = parseProfile(document)
        expect(parseProfileText(formatProfile(profile))).toStrictEqual(profile)
      }),
      { numRuns: 500 },
    )
  })

  it('and the parser makes the same of an object and of its JSON text', () => {
    fc.assert(
      fc.property(arbitraryDocument, (document) => {
        expect(parseProfileText(toJson(document))).toStrictEqual(parseProfile(document))
      }),
      { numRuns: 500 },
    )
  })

  it('writes what engines read: integers in full, names in lists, nothing that is empty', () => {
    const profile = parseProfile({
      defaultAction: 'SCMP_ACT_ERRNO',
      defaultErrno: 'ENOSYS',
      flags: [],
      syscalls: [
        {
          name: 'ioctl',
          action: 'SCMP_ACT_ALLOW',
          comment: 'all but "TIOCSTI"',
          args: [{ index: 1, value: '0xffffffffffffffff', op: 'SCMP_CMP_MASKED_EQ' }],
          includes: { caps: [], minKernel: '4.8' },
        },
        { names: [1000], action: 'SCMP_ACT_LOG', args: null, excludes: {} },
      ],
    })
    expect(formatProfile(profile)).toBe(`{
  "defaultAction": "SCMP_ACT_ERRNO",
  "defaultErrnoRet": 38,
  "flags": [],
  "syscalls": [
    {
      "names": [
        "ioctl"
      ],
      "action": "SCMP_ACT_ALLOW",
      "args": [
        {
          "index": 1,
          "op": "SCMP_CMP_MASKED_EQ",
          "value": 18446744073709551615,
          "valueTwo": 0
        }
      ],
      "comment": "all but \\"TIOCSTI\\"",
      "includes": {
        "minKernel": "4.8"
      }
    },
    {
      "names": [
        "#1000"
      ],
      "action": "SCMP_ACT_LOG"
    }
  ]
}
`)
  })
})
