/**
 * Writes lib/syscalls/generated/ from the source of Linux. One run, all files:
 *
 *   node tools/gen-syscalls.js --debian sid            regenerate from Debian's newest kernel source
 *   node tools/gen-syscalls.js --linux ~/linux         regenerate from a tree (or LINUX_SOURCE=~/linux)
 *   node tools/gen-syscalls.js --linux ~/linux --check exit 1 if a committed file differs
 */
import { argumentsFile } from './gen-arguments.js'
import { constantsFile } from './gen-constants.js'
import { errnoFile } from './gen-errno.js'
import { numbersFile } from './gen-numbers.js'
import { run } from './linux-source.js'

run((source) => ({
  'lib/syscalls/generated/numbers.ts': numbersFile(source),
  'lib/syscalls/generated/errno.ts': errnoFile(source),
  'lib/syscalls/generated/arguments.ts': argumentsFile(source),
  'lib/syscalls/generated/constants.ts': constantsFile(source),
}))
