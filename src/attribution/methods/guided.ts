import { inputGradient, SANITY, withoutReLU } from '../input-gradient'
import { defineMethod } from '../method'

/** As the gradient, with max(·, 0) of it at every ReLU. */
export default defineMethod({
  id: 'guided',
  order: 120,
  label: 'Guided backprop',
  paper: 'Springenberg et al. 2015, Striving for Simplicity: The All Convolutional Net',
  formula: '∂y/∂x, at every ReLU dX = max(dY, 0) where Y > 0',
  help: 'The gradient at the input with negative gradients stopped at every ReLU.',
  caution: `It hardly depends on the class: it shows the picture’s edges, even after the last layers’ weights were made random (${SANITY}).`,
  cost: 'one backward run to the input',
  result: 'gradient',
  available: network => network.inputGradient,
  remark: network => withoutReLU(network, 'Guided backprop', 'the plain gradient, as saliency'),
  attribute: (context, { target }) => inputGradient(context, target, 'guided'),
})
