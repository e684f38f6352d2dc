import { allNodes, fetchNode, installedNode, majors } from './nodes.ts'

/** Before any test looks for them: every Node that isn't installed, where they may be fetched. */
export default async (): Promise<void> => {
  if (!allNodes || process.platform !== 'linux' || !['x64', 'arm64'].includes(process.arch)) return
  const missing = majors.filter((major) => installedNode(major) === undefined)
  const results = await Promise.allSettled(missing.map(fetchNode))
  // test/node/versions.test.ts tries once more, and fails.
  for (const [index, result] of results.entries())
    if (result.status === 'rejected') console.log(`Node ${missing[index]} can't be fetched: ${result.reason}`)
}
