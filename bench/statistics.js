export const median = (values) => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

export const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length

/** The median over rounds of a's share of b: what disturbs a round disturbs both. */
export const medianRatio = (a, b) => median(a.map((value, round) => value / b[round]))

/** Milliseconds that `work` takes. */
export const time = (work) => {
  const from = performance.now()
  work()
  return performance.now() - from
}
