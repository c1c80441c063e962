import { softmax } from '../../analysis/activation'
import { HookscopeError } from '../../errors'
import { liesOnPicture, sampleMap } from '../../image/heatmap'
import { type Activation, relu, weightedSum } from '../combine'
import { masked } from '../masks'
import { defineMethod } from '../method'
import { scoreOf } from '../target'

/**
 * L_c = ReLU(Σ_k α_k · A_k), α the softmax over k of y^c(X ∘ H_k): H_k is A_k resized to the input bilinearly (half-pixel
 * centres), then scaled to 0..1 from its least value to its most (algorithm 1 of the paper; the score of an empty input that it
 * subtracts is the same for all k and leaves the softmax as it is). The authors' code weighs by the class's probability
 * instead; peers follow the algorithm, as this does. A feature map of one value leaves an empty input.
 */
export default defineMethod({
  id: 'score-cam',
  order: 70,
  label: 'Score-CAM',
  paper: 'Wang et al. 2020, Score-CAM: Score-Weighted Visual Explanations for Convolutional Neural Networks',
  formula: 'L = ReLU(Σ_k α_k · A_k), α = softmax of y(X ∘ A_k resized and scaled to 0..1)',
  help: 'Each feature map is laid over the picture as a mask; how well the class is seen through it is its weight. Reads no gradient.',
  cost: 'one forward run for each channel of the layer',
  isSlow: true,
  result: 'map',
  available: (_, { map }) => map,
  async attribute(context, { layer, target }) {
    const activation = await context.activation(layer)
    if (!liesOnPicture(activation))
      throw new HookscopeError(
        'no-spatial-extent',
        `The feature maps of ${layer} cannot be laid over the input: ${activation.places?.mixed}. Choose a layer before that.`,
      )
    const input = await context.input()
    const scores = new Float32Array(activation.channels)
    let empty: number | undefined
    for (const k of scores.keys()) {
      await context.progress(k, activation.channels)
      const mask = maskOf(activation, k, context)
      const seen = () => (mask ? masked(input, mask) : new Float32Array(input.length))
      const score = async () => scoreOf(target, (await context.answerTo(seen())).logits)
      if (!mask) empty ??= await score()
      scores[k] = mask ? await score() : (empty ?? 0)
    }
    const weights = softmax(scores)
    return { map: relu(weightedSum(activation, weights)), weights, evidence: null }
  },
})

/** A feature map over the input, 0..1 [H, W]; 0 where no cell of it lies, undefined where it has one value everywhere. */
function maskOf(
  { height: rows, width: columns, values, places }: Activation,
  channel: number,
  { height, width }: { readonly height: number; readonly width: number },
): Float32Array | undefined {
  const size = rows * columns
  const cells = values.subarray(channel * size, (channel + 1) * size)
  const map = sampleMap({ height: rows, width: columns, values: cells, ...(places && { places }) }, width, height, true)
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const value of map) {
    if (value < low) low = value
    if (value > high) high = value
  }
  return high > low ? map.map(value => (Number.isNaN(value) ? 0 : (value - low) / (high - low))) : undefined
}
