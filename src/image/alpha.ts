/** A byte of a colour with alpha 0..255, laid over white and rounded: (c·a + 255·(255 − a)) / 255. */
export function overWhite(value: number, alpha: number): number {
  return ((value * alpha + 255 * (255 - alpha) + 127) / 255) | 0
}
