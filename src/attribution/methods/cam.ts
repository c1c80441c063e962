import { magnitude, weightedSum } from '../combine'
import { remainder } from '../evidence'
import { defineMethod } from '../method'

/** M_c = Σ_k w_k^c · A_k, without the bias; its ReLU is left to the view. */
export default defineMethod({
  id: 'cam',
  order: 10,
  label: 'CAM',
  paper: 'Zhou et al. 2016, Learning Deep Features for Discriminative Localization',
  formula: 'M = Σ_k w_k · A_k, w the class’s weights in the last linear layer',
  help: 'The class’s weights in the last linear layer over the feature maps before pooling.',
  cost: 'one backward run through the network’s linear end',
  isProminent: true,
  result: 'map',
  defaultLayer: ({ cam, layer }) => (cam.ok ? cam.layer : layer),
  available: (_, { classWeights }) => classWeights,
  async attribute(context, { layer, target }) {
    const activation = await context.activation(layer)
    const weights = await context.classWeights(layer, target)
    const map = weightedSum(activation, weights)
    const left = remainder(map, weightedSum(magnitude(activation), weights.map(Math.abs)))
    return { map, weights, evidence: { linear: weights, left, momentum: null } }
  },
})
