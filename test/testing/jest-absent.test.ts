import { expect, test } from 'vitest'

test('without a global expect, the import says what to do', async () => {
  await expect(import('../../lib/testing/jest.ts')).rejects.toThrow(/setupFilesAfterEnv/)
})
