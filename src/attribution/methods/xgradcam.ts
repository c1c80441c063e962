import { type Activation, magnitude, relu, weightedSum } from '../combine'
import { momentum, remainder } from '../evidence'
import { defineMethod } from '../method'

/** Keeps a channel without activation finite, as the authors' code does. */
const TINY = 1e-7

/** L_c = ReLU(Σ_k w_k · A_k), w_k = Σ_ij ∂y^c/∂A_ij · A_ij / Σ_ab A_ab. */
export default defineMethod({
  id: 'xgradcam',
  order: 60,
  label: 'XGrad-CAM',
  paper: 'Fu et al. 2020, Axiom-based Grad-CAM: Towards Accurate Visualization and Explanation of CNNs',
  formula: 'L = ReLU(Σ_k w_k · A_k), w_k = Σ ∂y/∂A_k · A_k / Σ A_k',
  help: 'As Grad-CAM, with each place’s gradient counted by how active the feature map is there.',
  cost: 'one backward run to the layer',
  result: 'map',
  available: (_, { gradient }) => gradient,
  async attribute(context, { layer, target }) {
    const activation = await context.activation(layer)
    const gradient = await context.gradient(layer, target)
    const weights = shares(activation, gradient)
    const map = relu(weightedSum(activation, weights))
    const whole = weightedSum(magnitude(activation), shares(magnitude(activation), gradient.map(Math.abs)))
    const left = remainder(map, whole)
    return { map, weights, evidence: { linear: weights, left, momentum: momentum(gradient, activation.values) } }
  },
})

/** Σ g·A / Σ A of each channel. */
function shares({ channels, height, width, values }: Activation, gradient: Float32Array): Float32Array {
  const places = height * width
  return Float32Array.from({ length: channels }, (_, k) => {
    let [product, sum] = [0, 0]
    for (let i = k * places; i < (k + 1) * places; i++) {
      product += (gradient[i] ?? 0) * (values[i] ?? 0)
      sum += values[i] ?? 0
    }
    return product / (sum + TINY)
  })
}
