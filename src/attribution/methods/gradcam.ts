import { magnitude, relu, spatialMean, weightedSum } from '../combine'
import { defineMethod } from '../method'
import { ofOneLayer } from '../one-layer'

/** L_c = ReLU(Σ_k α_k^c · A_k), α_k^c the mean of ∂y^c/∂A_k over its places. */
export default defineMethod({
  id: 'gradcam',
  order: 20,
  label: 'Grad-CAM',
  paper: 'Selvaraju et al. 2017, Grad-CAM: Visual Explanations from Deep Networks via Gradient-based Localization',
  formula: 'L = ReLU(Σ_k α_k · A_k), α_k the mean of ∂y/∂A_k over its places',
  help: 'Feature maps weighted by the mean gradient of the class’s logit. Works at every layer with a spatial extent.',
  isProminent: true,
  ...ofOneLayer((activation, gradient) => {
    const weights = spatialMean(activation, gradient)
    const whole = weightedSum(magnitude(activation), spatialMean(activation, gradient.map(Math.abs)))
    return { map: relu(weightedSum(activation, weights)), weights, linear: weights, whole }
  }),
})
