/** How logits become probabilities: one class of all is true, or each by itself; `none`: they are no probabilities. */
export type ActivationName = 'softmax' | 'sigmoid' | 'none'

export const ACTIVATIONS: readonly ActivationName[] = ['softmax', 'sigmoid', 'none']

/** A number of a row, or its opposite: `sign` × the logit at `index`; of a probability p or 1 − p. */
export interface Signed {
  readonly index: number
  readonly sign: 1 | -1
}

export const opposite = ({ index, sign }: Signed): Signed => ({ index, sign: sign === 1 ? -1 : 1 })

/** A step from the logits to what the file gives: softmax or sigmoid of `scale` × a row, then some of it, in an order. */
export interface Step {
  readonly kind: 'softmax' | 'sigmoid'
  /** 1 / temperature, above 0. */
  readonly scale: number
  /** Which number of the row each result is of. */
  readonly results: readonly Signed[]
}

/** softmax: exp(z − max z) / Σ exp(z − max z) */
export function softmax(logits: ArrayLike<number>): Float32Array {
  const row = Float64Array.from(logits)
  const largest = row.reduce((most, logit) => Math.max(most, logit), Number.NEGATIVE_INFINITY)
  const powers = row.map(logit => Math.exp(logit - largest))
  const sum = powers.reduce((total, power) => total + power, 0)
  return Float32Array.from(powers, power => power / sum)
}

/** 1 / (1 + exp −z) */
const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z))

/** The score of each class by its logit alone: the logit, or for the absence of what it stands for its negative. */
export const logitsOf = (row: Float32Array, classes: readonly Signed[]): Float32Array =>
  Float32Array.from(classes, ({ index, sign }) => sign * (row[index] ?? 0))

/** The network's answer, a number for each class. */
export interface Answered {
  /** Before any softmax or sigmoid; of the absence of a class its negative. */
  readonly logits: Float32Array
  /** 0..1; where the network gives none, the logits. */
  readonly probabilities: Float32Array
}

/** @param row the value that holds the logits */
export function answered(
  row: Float32Array,
  { classes, steps }: { readonly classes: readonly Signed[]; readonly steps: readonly Step[] },
): Answered {
  const logits = logitsOf(row, classes)
  return { logits, probabilities: steps.length > 0 ? activated(row, steps) : logits }
}

/** The probabilities that the steps, one after another, make of a row of logits. */
export function activated(row: Float32Array, steps: readonly Step[]): Float32Array {
  return steps.reduce((numbers, { kind, scale, results }) => {
    const scaled = numbers.map(number => number * scale)
    const whole = kind === 'softmax' ? softmax(scaled) : undefined
    return Float32Array.from(results, ({ index, sign }) => {
      if (!whole) return sigmoid(sign * (scaled[index] ?? 0))
      const p = whole[index] ?? 0
      return sign === 1 ? p : 1 - p
    })
  }, row)
}

/** Which logit each result of the last step is of. */
export function chained(steps: readonly Step[]): readonly Signed[] {
  const [first, ...rest] = steps
  return rest.reduce<readonly Signed[]>(
    (inner, { results }) =>
      results.flatMap(({ index, sign }) => {
        const of = inner[index]
        return of ? [sign === 1 ? of : opposite(of)] : []
      }),
    first?.results ?? [],
  )
}
