/** Measured durations in milliseconds, summed up. */
export interface Distribution {
  readonly count: number
  readonly p50Ms: number
  readonly p90Ms: number
  readonly p99Ms: number
  readonly maxMs: number
}

/** The nearest-rank percentiles of the samples. @throws TypeError without samples */
export function distributionOf(samplesMs: readonly number[]): Distribution {
  if (samplesMs.length === 0) throw new TypeError('there is nothing to sum up')
  const sorted = [...samplesMs].sort((a, b) => a - b)
  const at = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN
  return { count: sorted.length, p50Ms: at(0.5), p90Ms: at(0.9), p99Ms: at(0.99), maxMs: at(1) }
}
