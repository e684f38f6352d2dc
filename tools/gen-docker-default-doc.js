#!/usr/bin/env node
/**
 * Writes docs/docker-default.md from the preset's own table, so that the page can't differ from it.
 * Usage: npm run build:lib && node tools/gen-docker-default-doc.js [--check]
 * `--check` writes nothing and exits 1 if the page is out of date.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const page = new URL('../docs/docker-default.md', import.meta.url)
const table = new URL('../out/profile/presets/docker-default-blocked.js', import.meta.url)

const intro = `# What Docker's default profile blocks, and why

<!-- Made by tools/gen-docker-default-doc.js from lib/profile/presets/docker-default-blocked.ts. Edit that table. -->

\`docker-default\` is a list of what is allowed: any call it doesn't name answers \`EPERM\`. This page lists the rest, every
call in the tables of Linux that the profile keeps from some process. The second column says who gets it all the same:

- **a capability**: the profile lets its holders through, and the kernel's own checks then decide. The narrowest
  capability is named; \`CAP_SYS_ADMIN\` opens \`bpf\`, \`perf_event_open\` and \`syslog\` as well.
- **from Linux N**, **on amd64**: everyone, on such a kernel or such a host (Docker's names of architectures).
- **everyone, except with …**: only these arguments are blocked.
- **—**: nobody.

Three things to know:

- \`clone3\` answers \`ENOSYS\`, not \`EPERM\`: C libraries take that for an old kernel and use \`clone\`.
- Calls with a higher number than any that the profile names, here marked as newer than the profile, answer \`ENOSYS\` too,
  so that programs fall back as they would on an older kernel.
- 32-bit x86 programs can reach \`socket\` through \`socketcall\`, whose arguments are behind a pointer. No filter can read
  them, so the rule about families doesn't bind there.
`

/** @param {string} text */
const code = (text) => `\`${text}\``

/** @param {{ capability?: string, minKernel?: string, arches?: readonly string[], when?: string }} opening */
const openTo = ({ capability, minKernel, arches, when }) =>
  [
    capability && code(capability),
    minKernel && `from Linux ${minKernel}`,
    arches && `on ${arches.map(code).join(', ')}`,
    when && `everyone, except ${when}`,
  ]
    .filter(Boolean)
    .join('; ') || '—'

/** @param {{ title: string, calls: readonly { name: string, reason: string }[] }} group */
const section = ({ title, calls }) => `
## ${title}

| call | open to | blocked because it |
|---|---|---|
${calls.map((call) => `| ${code(call.name)} | ${openTo(call)} | ${call.reason} |`).join('\n')}
`

/**
 * The whole page.
 * @param {{ blockedGroups: readonly object[], formerlyBlocked: readonly { name: string, reason: string }[] }} table
 * @returns {string}
 */
export const render = ({ blockedGroups, formerlyBlocked }) => `${intro}${blockedGroups.map(section).join('')}
## Listed by Docker's documentation, allowed by today's profile

The table in Docker's documentation is older than the profile. These two calls stand in it, yet everyone may make them;
\`ptrace\`, \`process_vm_readv\` and \`process_vm_writev\` are open from Linux 4.8 on (see above).

| call | allowed because |
|---|---|
${formerlyBlocked.map(({ name, reason }) => `| ${code(name)} | ${reason} |`).join('\n')}
`

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const wanted = render(await import(table))
  if (!process.argv.includes('--check')) writeFileSync(page, wanted)
  else if (readFileSync(page, 'utf8') !== wanted) {
    console.error('docs/docker-default.md is out of date: run node tools/gen-docker-default-doc.js')
    process.exitCode = 1
  }
}
