import { positiveSum } from '../combine'
import { momentum } from '../evidence'
import { defineMethod } from '../method'

/** L_c = Σ_k ReLU(∂y^c/∂A_k · A_k), element by element: HiResCAM without what speaks against the class. */
export default defineMethod({
  id: 'gradcam-elementwise',
  order: 45,
  label: 'Element-wise Grad-CAM',
  paper: 'Gildenblat et al. 2021, PyTorch library for CAM methods',
  formula: 'L = Σ_k ReLU(∂y/∂A_k · A_k), element by element',
  help: 'Each value of the feature maps times its own gradient, where the product is above 0.',
  cost: 'one backward run to the layer',
  result: 'map',
  available: (_, { gradient }) => gradient,
  async attribute(context, { layer, target }) {
    const activation = await context.activation(layer)
    const gradient = await context.gradient(layer, target)
    const map = positiveSum(activation, gradient)
    // Nothing cancels in a sum of values above 0.
    return {
      map,
      weights: null,
      evidence: { linear: gradient, left: 1, momentum: momentum(gradient, activation.values) },
    }
  },
})
