import { elementwiseSum, magnitude } from '../combine'
import { defineMethod } from '../method'
import { ofOneLayer } from '../one-layer'

/** L_c = Σ_k ∂y^c/∂A_k · A_k, element by element; as of CAM, its ReLU is left to the view. */
export default defineMethod({
  id: 'hirescam',
  order: 40,
  label: 'HiResCAM',
  paper:
    'Draelos and Carin 2020, Use HiResCAM instead of Grad-CAM for faithful explanations of convolutional neural networks',
  formula: 'L = Σ_k ∂y/∂A_k · A_k, element by element',
  help: 'Each value of the feature maps times its own gradient. Where the rest of the network is one linear layer, it is what each place adds to the logit.',
  ...ofOneLayer((activation, gradient) => ({
    map: elementwiseSum(activation, gradient),
    whole: elementwiseSum(magnitude(activation), gradient.map(Math.abs)),
  })),
})
