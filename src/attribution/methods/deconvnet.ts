import { inputGradient, withoutReLU } from '../input-gradient'
import { defineMethod } from '../method'

/** As guided backpropagation, but what the ReLU held back going forward passes going back. */
export default defineMethod({
  id: 'deconvnet',
  order: 130,
  label: 'Deconvnet',
  paper: 'Zeiler and Fergus 2014, Visualizing and Understanding Convolutional Networks',
  formula: '∂y/∂x, at every ReLU dX = max(dY, 0)',
  help: 'The gradient at the input with ReLUs applied to the gradient alone.',
  caution:
    'It hardly depends on the class: as guided backprop, it recovers the picture rather than what speaks for the class (Mahendran and Vedaldi 2016, Salient Deconvolutional Networks).',
  cost: 'one backward run to the input',
  result: 'gradient',
  available: network => network.inputGradient,
  remark: network => withoutReLU(network, 'Deconvnet', 'the plain gradient, as saliency'),
  attribute: (context, { target }) => inputGradient(context, target, 'deconvnet'),
})
