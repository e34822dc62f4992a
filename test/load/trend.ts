/** How much a value grows from the first of the samples to the last, by the median slope of all pairs of them: a few that stand
 *  out, before something was collected, don't count (Theil and Sen). */
export function growth(samples: readonly number[]): number {
  const slopes = samples.flatMap((from, i) => samples.slice(i + 1).map((to, n) => (to - from) / (n + 1)));
  const sorted = slopes.toSorted((a, b) => a - b);
  return (sorted[Math.floor(sorted.length / 2)] ?? Number.NaN) * (samples.length - 1);
}
