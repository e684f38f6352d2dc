import type { Command } from 'commander'
import { SeccompError } from '../errors.ts'
import { found } from '../profile/found.ts'

/**
 * Has a command refuse an option that is given twice with different values: commander keeps the last one and drops the
 * first without a word, and half of what was asked for is then left out. An option whose values add up has them in a
 * list, and isn't concerned.
 * @throws SeccompError ERR_USAGE, when the command line is parsed
 */
export const refuseRepeated = (command: Command): void => {
  for (const option of command.options) {
    if (option.isBoolean()) continue
    let first: string | undefined
    // After commander's own listener, so the option has this value by now.
    command.on(`option:${option.name()}`, (value: string) => {
      first ??= value
      if (value === first || Array.isArray(command.getOptionValue(option.attributeName()))) return
      throw new SeccompError(
        'ERR_USAGE',
        `${option.long} is given twice, ${found(first)} and ${found(value)}; give it once`,
      )
    })
  }
}
