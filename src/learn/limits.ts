/**
 * Limits of one run of code. More is left out and counted before it leaves the sandbox, and what comes all the same
 * is no message of ours: a page draws a few hundred things at once, not millions.
 */
export const LIMITS = {
  /** Texts and pictures. */
  shown: 200,
  /** Things that the code tries to show until it is broken off: surely an endless loop. */
  tried: 100_000,
  /** Characters of a text. */
  text: 10_000,
  /** Characters of a name or label. */
  name: 200,
  /** Characters of code that are kept from visit to visit. */
  draft: 100_000,
  hooks: 100,
  /** Parts of the drawing. */
  nodes: 400,
  values: 1200,
  /** Of `reach`: a layout of more takes seconds. */
  reach: 4000,
  /** Pixels of all pictures of a run. */
  pixels: 1 << 24,
  /** Messages in a second. */
  rate: 2000,
} as const

interface Linked {
  readonly from: string | null
  readonly to: readonly string[]
}

/** Parts of a drawing that its lines pass or end at, in all, by the order of the nodes. */
export function reach(nodes: readonly { readonly id: string }[], values: readonly Linked[]): number {
  const places = new Map(nodes.map(({ id }, place) => [id, place]))
  const placeOf = (id: string | undefined) => (id === undefined ? 0 : (places.get(id) ?? 0))
  let sum = 0
  for (const { from, to } of values) {
    const start = placeOf(from ?? to[0])
    for (const reader of to) sum += 1 + Math.abs(placeOf(reader) - start)
  }
  return sum
}
