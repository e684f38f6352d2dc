import { allNodes, fetchNode, installedNode, majors } from './nodes.ts'

/** Before any test looks for them: every Node that isn't installed, where they may be fetched. */
export default async (): Promise<void> => {
  if (!allNodes || process.platform !== 'linux' || !['x64', 'arm64'].includes(process.arch)) return
  const missing = majors.filter((major) => installedNode(major) === undefined)
  const results = await Promise.allSettled(missing.map(fetchNode))
  for (const [index, { status }] of results.entries()) {
    if (status === 'fulfilled') continue
    const major = missing[index]!
    // Once more, alone: a registry may have had too much to do.
    await fetchNode(major).catch((reason) => console.log(`Node ${major} can't be fetched: ${reason}`))
  }
}
