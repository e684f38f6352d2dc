/** "Did you mean": the known name nearest to a misspelt one. */

/** Names longer than this are no misspelling of ours, and comparing them would take time. */
const LONGEST = 64

/** The families of names; people often leave the prefix away, or take the kernel's for libseccomp's. */
const PREFIX = /^(?:scmp_(?:act|cmp|arch)|seccomp_(?:filter_flag|ret)|audit_arch|cap)_/

/** The candidate that `word` most likely stands for, or undefined when none is near. */
export const suggest = (word: string, candidates: Iterable<string>): string | undefined => {
  if (word.length > LONGEST) return undefined
  const folded = word.toLowerCase().replaceAll('-', '_')
  const tail = folded.replace(PREFIX, '')
  let best: string | undefined
  let least = Number.POSITIVE_INFINITY
  for (const candidate of candidates) {
    const whole = candidate.toLowerCase()
    // The prefix is no evidence: SCMP_ACT_DENY shares 9 letters of 12 with SCMP_ACT_LOG and isn't meant as it.
    const near = Math.min(
      within(distance(bare(tail), bare(whole.replace(PREFIX, ''))), Math.max(1, Math.floor(tail.length / 3))),
      tail === folded ? within(distance(bare(folded), bare(whole)), 2) : Number.POSITIVE_INFINITY,
    )
    if (near === Number.POSITIVE_INFINITY) continue
    // Of two that are as near, the one that also has its underscores right: X8_64 is X86_64, not X86.
    const rank = near + distance(folded, whole) / (2 * LONGEST)
    if (rank < least) {
      least = rank
      best = candidate
    }
  }
  return best
}

/** `; did you mean "names"?`, or nothing when no candidate is near. */
export const didYouMean = (word: string, candidates: Iterable<string>): string => {
  const near = suggest(word, candidates)
  return near === undefined ? '' : `; did you mean "${near}"?`
}

const bare = (name: string): string => name.replaceAll('_', '')

const within = (value: number, limit: number): number => (value <= limit ? value : Number.POSITIVE_INFINITY)

/** How many letters must be added, dropped, changed or swapped with their neighbour (optimal string alignment). */
export const distance = (a: string, b: string): number => {
  let before: number[] = []
  let above = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1] ? 0 : 1
      let least = Math.min(above[column]! + 1, current[column - 1]! + 1, above[column - 1]! + same)
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1])
        least = Math.min(least, before[column - 2]! + 1)
      current.push(least)
    }
    before = above
    above = current
  }
  return above[b.length]!
}
