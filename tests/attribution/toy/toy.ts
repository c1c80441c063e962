import { defineMethod } from '../../../src/attribution/method'

/** The mean of all feature maps, whatever the class. */
export default defineMethod({
  id: 'toy',
  order: 85,
  label: 'Toy CAM',
  paper: 'Nobody 2026, A Method for a Test',
  formula: 'mean of A_k over k',
  help: 'The mean of the feature maps.',
  cost: 'nothing',
  result: 'map',
  available: (_, { map }) => map,
  async attribute(context, { layer }) {
    const { channels, height, width, values } = await context.activation(layer)
    const mean = new Float32Array(height * width)
    values.forEach((value, i) => {
      mean[i % mean.length] = (mean[i % mean.length] ?? 0) + value / channels
    })
    return { map: { height, width, values: mean }, weights: null, evidence: null }
  },
})
