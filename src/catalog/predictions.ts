export interface Prediction {
  readonly index: number
  /** 0..1 */
  readonly probability: number
}

/** softmax: exp(z − max z) / Σ exp(z − max z) */
export function softmax(logits: Float32Array): Float32Array {
  const largest = logits.reduce((most, logit) => Math.max(most, logit), Number.NEGATIVE_INFINITY)
  const powers = logits.map(logit => Math.exp(logit - largest))
  const sum = powers.reduce((total, power) => total + power, 0)
  return powers.map(power => power / sum)
}

/** Probabilities of classes of which one is true, or each by itself: 1 / (1 + exp −z). */
export function probabilitiesOf(logits: Float32Array, kind: 'softmax' | 'sigmoid'): Float32Array {
  return kind === 'softmax' ? softmax(logits) : logits.map(logit => 1 / (1 + Math.exp(-logit)))
}

/** The `count` most probable classes, the first of equals first. */
export function top(probabilities: Float32Array, count: number): readonly Prediction[] {
  return Array.from(probabilities, (probability, index) => ({ index, probability }))
    .sort((a, b) => b.probability - a.probability)
    .slice(0, count)
}
