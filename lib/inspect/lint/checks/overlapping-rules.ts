import type { Check } from '../finding.ts'

export const overlappingRules: Check = {
  name: 'overlapping-rules',
  finds: 'rules of one call with different actions whose conditions can hold together',
  severity: 'warning',
  attack:
    'Which of them decides is not what the order in the profile suggests: container runtimes try them in an order of their own.',
  remedy: 'Write the conditions so that no call matches both.',
  *run({ source }) {
    for (const { kind, message, position, arch } of source?.policy.warnings ?? [])
      if (kind === 'overlap') yield { message, positions: position ? [position] : [], ...(arch && { arch }) }
  },
}
