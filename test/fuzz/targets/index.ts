import type { Target } from '../target.ts'
import { assembly } from './assembly.ts'
import { auditLog } from './audit-log.ts'
import { call } from './call.ts'
import { expectations } from './expectations.ts'
import { profileText } from './profile.ts'
import { program } from './program.ts'

export const targets: readonly Target[] = [profileText, program, assembly, auditLog, expectations, call]
