import type { Filter } from '../filter/compile.ts'
import { requireObject } from '../given.ts'
import { disassembleLines } from '../inspect/disassemble.ts'
import { architecture } from '../syscalls/architectures.ts'
import { describeTarget } from './describe.ts'

/**
 * A filter as a C header: an array of `struct sock_filter` and the `struct sock_fprog` that prctl(2) and seccomp(2)
 * take. Needs no library; refuses to compile for the other byte order, where the same offsets name other halves.
 * @example await writeFile('filter.h', formatC(filter))
 */
export const formatC = (filter: Filter): string => {
  requireObject('formatC takes a filter, such as compile() gives', filter, 'policy')
  const { arch } = filter.policy.target
  const lines = disassembleLines(filter.instructions, { arch })
  const rows = filter.instructions.map(({ code, jt, jf, k }, index) => {
    const { text, comment } = lines[index]!
    const note = `${index}: ${text}${comment && ` ; ${comment}`}`
    return `  {0x${code.toString(16).padStart(2, '0')}, ${jt}, ${jf}, 0x${k.toString(16).padStart(8, '0')}}, /* ${note} */\n`
  })
  return `/* A seccomp filter for ${describeTarget(filter.policy)}.
 *
 * prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
 * syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &seccomp_program);
 */
#ifndef SECCOMP_FILTER_H
#define SECCOMP_FILTER_H

#include <linux/filter.h>

#if __BYTE_ORDER__ != __ORDER_${architecture(arch).endian.toUpperCase()}_ENDIAN__
#error "this filter is for another byte order"
#endif

static struct sock_filter seccomp_filter[] = {
${rows.join('')}};

static const struct sock_fprog seccomp_program = {
  .len = sizeof seccomp_filter / sizeof seccomp_filter[0],
  .filter = seccomp_filter,
};

#endif
`
}
