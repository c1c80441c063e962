import { elementwiseSum, magnitude, relu } from '../combine'
import { defineMethod } from '../method'
import { ofOneLayer } from '../one-layer'

/** L_c = ReLU(Σ_k ReLU(∂y^c/∂A_k) · A_k), a weight for each place of its own. */
export default defineMethod({
  id: 'layercam',
  order: 30,
  label: 'LayerCAM',
  paper: 'Jiang et al. 2021, LayerCAM: Exploring Hierarchical Class Activation Maps for Localization',
  formula: 'L = ReLU(Σ_k ReLU(∂y/∂A_k) · A_k), element by element',
  help: 'Each value of the feature maps weighted by its own gradient where that is above 0. Finer than Grad-CAM at early layers.',
  ...ofOneLayer((activation, gradient) => {
    const weights = gradient.map(value => Math.max(value, 0))
    const whole = elementwiseSum(magnitude(activation), weights)
    return { map: relu(elementwiseSum(activation, weights)), whole }
  }),
})
