import { magnitude, relu, spatialMean, weightedSum } from '../combine'
import { momentum, remainder } from '../evidence'
import { defineMethod } from '../method'

/** L_c = ReLU(Σ_k α_k^c · A_k), α_k^c the mean of ∂y^c/∂A_k over its places. */
export default defineMethod({
  id: 'gradcam',
  order: 20,
  label: 'Grad-CAM',
  paper: 'Selvaraju et al. 2017, Grad-CAM: Visual Explanations from Deep Networks via Gradient-based Localization',
  formula: 'L = ReLU(Σ_k α_k · A_k), α_k the mean of ∂y/∂A_k over its places',
  help: 'Feature maps weighted by the mean gradient of the class’s logit. Works at every layer with a spatial extent.',
  cost: 'one backward run to the layer',
  isProminent: true,
  result: 'map',
  available: (_, { gradient }) => gradient,
  async attribute(context, { layer, target }) {
    const activation = await context.activation(layer)
    const gradient = await context.gradient(layer, target)
    const weights = spatialMean(activation, gradient)
    const map = relu(weightedSum(activation, weights))
    const whole = weightedSum(magnitude(activation), spatialMean(activation, gradient.map(Math.abs)))
    const left = remainder(map, whole)
    return { map, weights, evidence: { linear: weights, left, momentum: momentum(gradient, activation.values) } }
  },
})
