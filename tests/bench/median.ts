export const ROUNDS = 9

/** Milliseconds, the median of `ROUNDS` after one that warms up; `round` tells them apart. */
export async function median(work: (round: number) => Promise<unknown>): Promise<number> {
  await work(ROUNDS)
  const times: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now()
    await work(round)
    times.push(performance.now() - start)
  }
  return times.sort((a, b) => a - b)[ROUNDS >> 1] ?? Number.NaN
}
