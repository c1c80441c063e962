/**
 * What one run of code may show. More is left out and counted before it leaves the sandbox, and what comes all the same
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
  /** Pixels of a picture. */
  pixels: 1 << 24,
  /** Messages in a second. */
  rate: 2000,
} as const
