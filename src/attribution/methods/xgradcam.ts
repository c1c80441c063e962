import { type Activation, magnitude, relu, weightedSum } from '../combine'
import { defineMethod } from '../method'
import { ofOneLayer } from '../one-layer'

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
  ...ofOneLayer((activation, gradient) => {
    const weights = shares(activation, gradient)
    const whole = weightedSum(magnitude(activation), shares(magnitude(activation), gradient.map(Math.abs)))
    return { map: relu(weightedSum(activation, weights)), weights, linear: weights, whole }
  }),
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
