import { HookscopeError } from '../../errors'
import { relu, weightedSum } from '../combine'
import { defineMethod } from '../method'
import { scoreOf } from '../target'

/**
 * L_c = ReLU(Σ_k w_k · A_k), w_k = (y^c − y^c_k) / |y^c|, y^c_k the logit with feature map k at 0. The paper divides by y^c itself, which
 * for a logit below 0 would turn what speaks for the class into what speaks against it.
 */
export default defineMethod({
  id: 'ablation-cam',
  order: 80,
  label: 'Ablation-CAM',
  paper:
    'Desai and Ramaswamy 2020, Ablation-CAM: Visual Explanations for Deep Convolutional Network via Gradient-free Localization',
  formula: 'L = ReLU(Σ_k w_k · A_k), w_k = (y − y with A_k at 0) / |y|',
  help: 'Each feature map is switched off; how much the logit falls is its weight. Reads no gradient.',
  cost: 'one run from the layer on for each of its channels',
  result: 'map',
  available: (_, { map }) => map,
  async attribute(context, { layer, target }) {
    const activation = await context.activation(layer)
    const { channels, values } = activation
    const places = activation.height * activation.width
    const whole = scoreOf(target, context.answer.logits)
    if (whole === 0) throw new HookscopeError('not-finite', 'The logit is 0, so no share of it can be told.')
    const weights = new Float32Array(channels)
    for (const k of weights.keys()) {
      await context.progress(k, channels)
      const without = values.slice()
      without.fill(0, k * places, (k + 1) * places)
      const isOff = values.subarray(k * places, (k + 1) * places).every(value => value === 0)
      const score = isOff ? whole : scoreOf(target, await context.logitsBehind(layer, without))
      weights[k] = (whole - score) / Math.abs(whole)
    }
    return { map: relu(weightedSum(activation, weights)), weights, evidence: null }
  },
})
