import { relu, weightedSum } from '../combine'
import { defineMethod } from '../method'
import { ofOneLayer } from '../one-layer'

/** Keeps α finite where a gradient vanishes, as the authors' code does. */
const TINY = 1e-6

/**
 * L_c = ReLU(Σ_k w_k · A_k), w_k = Σ_ij α_ij · ReLU(g_ij), α_ij = g_ij² / (2·g_ij² + (Σ_ab A_ab) · g_ij³), g = ∂y^c/∂A_k. The paper's score is
 * exp(y): its derivatives are exp(y)·gⁿ, so α is the same and w differs by one factor for all k.
 */
export default defineMethod({
  id: 'gradcam++',
  order: 50,
  label: 'Grad-CAM++',
  paper: 'Chattopadhay et al. 2018, Grad-CAM++: Improved Visual Explanations for Deep Convolutional Networks',
  formula: 'L = ReLU(Σ_k w_k · A_k), w = Σ α · ReLU(g), α = g² / (2g² + ΣA · g³), g = ∂y/∂A_k',
  help: 'As Grad-CAM, with more weight for places where the gradient is above 0, so that several things of one class all show.',
  ...ofOneLayer((activation, gradient) => {
    const places = activation.height * activation.width
    const weights = Float32Array.from({ length: activation.channels }, (_, k) => {
      const [from, to] = [k * places, (k + 1) * places]
      const whole = activation.values.subarray(from, to).reduce((sum, value) => sum + value, 0)
      return gradient.subarray(from, to).reduce((sum, g) => {
        const alpha = g === 0 ? 0 : g ** 2 / (2 * g ** 2 + whole * g ** 3 + TINY)
        return sum + alpha * Math.max(g, 0)
      }, 0)
    })
    return { map: relu(weightedSum(activation, weights)), weights }
  }),
})
