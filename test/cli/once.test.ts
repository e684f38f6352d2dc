import { readdirSync, readFileSync } from 'node:fs'
import { Command, type Option } from 'commander'
import { describe, expect, test } from 'vitest'
import { refuseRepeated } from '../../lib/cli/once.ts'
import type { VerbModule } from '../../lib/cli/verb.ts'
import { seccomp } from './seccomp.ts'

const folder = new URL('../../lib/cli/', import.meta.url)
const verbs = readdirSync(folder).filter((file) =>
  readFileSync(new URL(file, folder), 'utf8').includes('export const define ='),
)

const makeCommand = async (file: string): Promise<Command> => {
  const { define } = (await import(new URL(file, folder).href)) as VerbModule
  const command = new Command(file).exitOverride()
  define(command)
  refuseRepeated(command)
  return command
}

const twoValues = ({ long, argChoices }: Option): readonly string[] =>
  argChoices ?? (long === '--on-violation' ? ['errno', 'kill'] : ['1', '2'])

describe('an option given twice with different values', () => {
  test('is refused, with every verb, unless both count', async () => {
    const addUp: string[] = []
    const refused: string[] = []
    for (const file of verbs) {
      const { options } = await makeCommand(file)
      for (const option of options.filter((each) => !each.isBoolean())) {
        const [one, other] = twoValues(option)
        const command = await makeCommand(file)
        const name = `${file.replace('.ts', '')} ${option.long}`
        try {
          command.parseOptions([option.long!, one!, `${option.long}=${other}`])
          expect(command.getOptionValue(option.attributeName()), name).toHaveLength(2)
          addUp.push(name)
        } catch (error) {
          expect(error).toMatchObject({
            code: 'ERR_USAGE',
            message: `${option.long} is given twice, "${one}" and "${other}"; give it once`,
          })
          refused.push(name)
        }
      }
    }
    expect(addUp).toEqual([
      ...['audit --comm', 'audit --exe', 'audit --pid', 'disasm --path', 'inspect --profile'],
      ...['run --security-opt', 'verify --filter'],
    ])
    expect(refused.length).toBeGreaterThan(30)
  })

  test('ends the command with 2, and nothing is written', async () => {
    const args = ['compile', 'docker-default', '--arch', 'x86_64', '-o', 'x.bpf', '--arch', 'aarch64']
    const { code, stderr, stdout } = await seccomp(args)
    expect(stderr).toBe('seccomp: --arch is given twice, "x86_64" and "aarch64"; give it once\n')
    expect([code, stdout]).toEqual([2, ''])
  })

  test('is fine with the same value', async () => {
    const command = await makeCommand('compile.ts')
    command.parseOptions(['--arch', 'x86', '--arch', 'x86'])
    expect(command.opts()).toMatchObject({ arch: 'x86' })
  })
})
