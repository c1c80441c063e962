import { weightedSum } from '../combine'
import { defineMethod } from '../method'

/** L = 1/C Σ_k A_k, whatever the class. */
export default defineMethod({
  id: 'mean-activation',
  order: 100,
  label: 'Mean activation',
  paper: 'Karjauv and Albayrak 2024, LaFAM: Unsupervised Feature Attribution with Label-free Activation Maps',
  formula: 'L = mean of A_k over k',
  help: 'Where the layer is active, over all its feature maps.',
  caution: 'It is the same for every class: it shows what the layer answers to, not what speaks for a class.',
  cost: 'nothing',
  isClassBlind: true,
  result: 'map',
  available: (_, { map }) => map,
  async attribute(context, { layer }) {
    const activation = await context.activation(layer)
    const weights = new Float32Array(activation.channels).fill(1 / activation.channels)
    return { map: weightedSum(activation, weights), weights, evidence: null }
  },
})
