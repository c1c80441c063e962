import { defineMethod } from '../method'
import { scoreOf } from '../target'

/**
 * f(X) − f(X with a square at 0), f the target's probability: at each place the mean over the squares that cover it. The last squares of a
 * row and of a column end at the edge of the picture, so that all squares are whole. The paper shows f over the place of
 * the square instead.
 */
export default defineMethod({
  id: 'occlusion',
  order: 102,
  label: 'Occlusion',
  paper: 'Zeiler and Fergus 2014, Visualizing and Understanding Convolutional Networks',
  formula: 'mean of f(x) − f(x without a square) over the squares that cover a place, f the class’s probability',
  help: 'An even square is moved over the picture; how much of the class’s probability it takes away is shown. Reads no gradient.',
  cost: 'one forward run for each place of the square',
  options: {
    square: { default: 0.15, least: 0.01, most: 1, help: 'side of the square, as a share of the shorter side' },
    step: { default: 0.5, least: 0.05, most: 1, help: 'from one place to the next, as a share of the square' },
  },
  isSlow: true,
  result: 'map',
  readsLayer: false,
  available: () => ({ ok: true }),
  async attribute(context, { target, options: { square, step } }) {
    const { height, width } = context
    const input = await context.input()
    const side = Math.max(1, Math.round(square * Math.min(height, width)))
    const stride = Math.max(1, Math.round(step * side))
    const squares = starts(height, side, stride).flatMap(top =>
      starts(width, side, stride).map(left => squareAt({ top, left, side }, width)),
    )
    const whole = scoreOf(target, context.answer.probabilities)
    const [sum, covered] = [new Float64Array(height * width), new Uint32Array(height * width)]
    for (const [k, places] of squares.entries()) {
      await context.progress(k, squares.length)
      const without = input.slice()
      for (let from = 0; from < without.length; from += height * width)
        for (const place of places) without[from + place] = 0
      const lost = whole - scoreOf(target, (await context.answerTo(without)).probabilities)
      for (const place of places) {
        sum[place] = (sum[place] ?? 0) + lost
        covered[place] = (covered[place] ?? 0) + 1
      }
    }
    const values = Float32Array.from(sum, (value, place) => value / (covered[place] ?? 1))
    return { map: { height, width, values }, weights: null, evidence: null }
  },
})

/** Where squares begin along a side. */
function starts(length: number, side: number, stride: number): readonly number[] {
  const last = length - side
  return Array.from({ length: Math.ceil(last / stride) + 1 }, (_, k) => Math.min(k * stride, last))
}

/** Indices of a square's places in [H, W]. */
function squareAt(
  { top, left, side }: { readonly top: number; readonly left: number; readonly side: number },
  width: number,
) {
  return Array.from({ length: side * side }, (_, i) => (top + Math.floor(i / side)) * width + left + (i % side))
}
