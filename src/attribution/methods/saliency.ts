import { inputGradient } from '../input-gradient'
import { defineMethod } from '../method'

/** ∂y^c/∂x */
export default defineMethod({
  id: 'saliency',
  order: 110,
  label: 'Saliency',
  paper:
    'Simonyan et al. 2014, Deep Inside Convolutional Networks: Visualising Image Classification Models and Saliency Maps',
  formula: '∂y/∂x',
  help: 'The gradient of the class’s logit with respect to the input.',
  cost: 'one backward run to the input',
  result: 'gradient',
  available: network => network.inputGradient,
  attribute: (context, { target }) => inputGradient(context, target, 'saliency'),
})
