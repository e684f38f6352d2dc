/** What the launcher reports when it ran nothing, as the error that Node or this package has for it. */
import { getSystemErrorName } from 'node:util'
import { SeccompError } from '../../errors.ts'
import { KernelError, nameOfResult } from '../../kernel/errors.ts'
import type { LaunchFailure } from './launcher.ts'

/** Node's error for a failed system call, made as Node makes it. */
export const systemError = (
  errno: number,
  syscall: string,
  command?: { readonly path: string; readonly spawnargs: readonly string[] },
): NodeJS.ErrnoException => {
  const code = getSystemErrorName(-errno)
  return Object.assign(new Error(`${syscall} ${code}`), { errno: -errno, code, syscall }, command)
}

/** The filter isn't in force, and so nothing was run; undefined where the program itself couldn't be executed. */
export const enforcementError = ({ stage, errno }: LaunchFailure): SeccompError | undefined => {
  const name = nameOfResult(-errno)
  switch (stage) {
    case 'execute':
      return undefined
    case 'usage':
      return new SeccompError(
        'ERR_BINDING_NOT_FOUND',
        'the launcher is of another version than the library: reinstall the package; nothing was run',
      )
    case 'read':
      return new KernelError('read', name, "the launcher can't read the filter; nothing was run")
    case 'no_new_privs':
      return new KernelError(
        'prctl',
        name,
        'no_new_privs is refused, as by a filter in force; nothing was run',
      )
    case 'install':
      return new KernelError(
        'seccomp',
        name,
        `${installRemedies[name] ?? 'the kernel refuses the filter'}; nothing was run`,
      )
  }
}

const installRemedies: Partial<Record<string, string>> = {
  EACCES: 'without no_new_privs the kernel asks for CAP_SYS_ADMIN; leave noNewPrivileges on',
  EPERM: 'a filter that is already in force forbids further ones',
  EINVAL: "this kernel doesn't take the filter or its flags; 'seccomp check' lists what it knows",
  ENOSYS: "this kernel has no filters; see 'seccomp check'",
  ENOMEM: 'too many filters are in force already, or memory is short',
}
