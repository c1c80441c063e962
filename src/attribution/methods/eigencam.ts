import { HookscopeError } from '../../errors'
import { type Activation, weightedSum } from '../combine'
import { defineMethod } from '../method'

/** Where the direction changes by less, it is found. */
const SETTLED = 1e-10

const MOST_ROUNDS = 2000

/**
 * L = A · v, A the feature maps as a matrix of places × channels and v its first right singular vector: the first eigenvector of
 * AᵀA, by power iteration from equal parts. Nothing is centred, as in the paper. The sign of v is free; it is the one with which the
 * map has a sum above 0, as the feature maps behind a ReLU have.
 */
export default defineMethod({
  id: 'eigencam',
  order: 90,
  label: 'EigenCAM',
  paper: 'Muhammad and Yeasin 2020, Eigen-CAM: Class Activation Map using Principal Components',
  formula: 'L = A · v, v the first right singular vector of A (places × channels), of the sign that makes Σ L ≥ 0',
  help: 'The strongest pattern of the layer, over all its feature maps.',
  caution: 'It is the same for every class: it shows what the layer answers to, not what speaks for a class.',
  cost: 'nothing',
  isClassBlind: true,
  result: 'map',
  available: (_, { map }) => map,
  async attribute(context, { layer }) {
    const activation = await context.activation(layer)
    const weights = firstDirection(activation, layer)
    const map = weightedSum(activation, weights)
    const isTurned = map.values.reduce((sum, value) => sum + value, 0) < 0
    const sign = (value: number) => (isTurned ? -value : value)
    return { map: { ...map, values: map.values.map(sign) }, weights: weights.map(sign), evidence: null }
  },
})

function firstDirection({ channels, height, width, values }: Activation, layer: string): Float32Array {
  const places = height * width
  let v = new Float64Array(channels).fill(1 / Math.sqrt(channels))
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const along = new Float64Array(places)
    for (let k = 0; k < channels; k++)
      for (let i = 0; i < places; i++) along[i] = (along[i] ?? 0) + (v[k] ?? 0) * (values[k * places + i] ?? 0)
    const next = v.map((_, k) => along.reduce((sum, value, i) => sum + value * (values[k * places + i] ?? 0), 0))
    const length = Math.hypot(...next)
    if (length === 0) return Float32Array.from(v)
    const settled = next.map(value => value / length)
    const change = Math.hypot(...settled.map((value, k) => value - (v[k] ?? 0)))
    v = settled
    if (change < SETTLED) return Float32Array.from(v)
  }
  throw new HookscopeError(
    'no-cam-head',
    `No pattern of ${layer} is the strongest: several are equally strong, so EigenCAM says nothing there. Choose another layer.`,
  )
}
