// loading.js [PLATFORM] [ARCH]: tells whether the addon is in this process after import and after first use, and how
// first use went; as if on another platform or CPU, if told so.
import { readFileSync } from 'node:fs'

const [platform = process.platform, arch = process.arch] = process.argv.slice(2)
Object.defineProperty(process, 'platform', { value: platform })
Object.defineProperty(process, 'arch', { value: arch })

const loaded = () => /seccomp[.\w]*\.node/.test(readFileSync('/proc/self/maps', 'utf8'))

const { kernelSupport } = await import('../../../out/kernel/support.js')
const { launcherPath } = await import('../../../out/process/spawn/launcher.js')
await import('../../../out/kernel/install.js')
const afterImport = loaded()

const outcome = (use) => {
  try {
    use()
    return 'done'
  } catch (error) {
    return { name: error.name, code: error.code, message: error.message }
  }
}
const use = outcome(kernelSupport)
const launcher = outcome(launcherPath)
console.log(JSON.stringify({ afterImport, use, launcher, afterUse: loaded() }))
