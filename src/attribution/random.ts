/** Numbers of 0 ≤ u < 1, the same for the same seed: mulberry32. */
export function uniform(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Normal numbers of mean 0 and deviation 1, the same for the same seed, by Box and Muller (1958). */
export function normal(seed: number): () => number {
  const next = uniform(seed)
  return () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next())
}

/** The option of methods that draw at random. */
export const SEED = { default: 0, least: 0, most: 2 ** 31 - 1, isWhole: true, help: 'of what is drawn at random' }
