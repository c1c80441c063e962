export interface Prediction {
  readonly index: number
  /** 0..1; the number itself where the network gives no probabilities. */
  readonly probability: number
}

/**
 * The `count` most probable classes, the first of equals first.
 *
 * @param logits tells apart those whose probability float32 rounds to 0 or 1
 */
export function top(
  probabilities: Float32Array,
  count: number,
  logits: Float32Array = probabilities,
): readonly Prediction[] {
  const by = (values: Float32Array, a: Prediction, b: Prediction) => (values[b.index] ?? 0) - (values[a.index] ?? 0)
  return Array.from(probabilities, (probability, index) => ({ index, probability }))
    .sort((a, b) => by(probabilities, a, b) || by(logits, a, b))
    .slice(0, count)
}
