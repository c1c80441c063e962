export const ROUNDS = 9

/** V8 compiles WASM again, and better, once it has run for a while. */
const WARMING = 6

/** Milliseconds, the median of `ROUNDS` after some that warm up; `round` tells them apart. */
export async function median(work: (round: number) => Promise<unknown>): Promise<number> {
  for (let round = 0; round < WARMING; round++) await work(ROUNDS + round)
  const times: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now()
    await work(round)
    times.push(performance.now() - start)
  }
  return times.sort((a, b) => a - b)[ROUNDS >> 1] ?? Number.NaN
}
