import { positiveSum } from '../combine'
import { defineMethod } from '../method'
import { ofOneLayer } from '../one-layer'

/** L_c = Σ_k ReLU(∂y^c/∂A_k · A_k), element by element: HiResCAM without what speaks against the class. */
export default defineMethod({
  id: 'gradcam-elementwise',
  order: 45,
  label: 'Element-wise Grad-CAM',
  paper: 'Gildenblat et al. 2021, PyTorch library for CAM methods',
  formula: 'L = Σ_k ReLU(∂y/∂A_k · A_k), element by element',
  help: 'Each value of the feature maps times its own gradient, where the product is above 0.',
  // Nothing cancels in a sum of values above 0.
  ...ofOneLayer((activation, gradient) => ({ map: positiveSum(activation, gradient) })),
})
