import { momentum } from '../evidence'
import { defineMethod } from '../method'
import { NOISE, noisyGradient } from '../noisy'

/** 1/n Σ (g_i − mean g)², g_i = ∂y^c/∂x at x + noise. */
export default defineMethod({
  id: 'vargrad',
  order: 190,
  label: 'VarGrad',
  paper: 'Adebayo et al. 2018, Local Explanation Methods for Deep Neural Networks Lack Sensitivity to Parameter Values',
  formula: 'variance of ∂y/∂x at x + noise',
  help: 'How much the gradient varies over noisy copies of the picture.',
  cost: 'samples × one forward and one backward run to the input',
  options: { ...NOISE, samples: { ...NOISE.samples, least: 2 } },
  isSlow: true,
  result: 'gradient',
  available: network => network.inputGradient,
  async attribute(context, question) {
    const { input, mean, square } = await noisyGradient(context, question)
    const linear = Float32Array.from(mean)
    // Rounding leaves less than 0 where all gradients are alike.
    const values = Float32Array.from(square, (value, i) => Math.max(value - (mean[i] ?? 0) ** 2, 0))
    return { values, evidence: { linear, left: 1, momentum: momentum(linear, input) } }
  },
})
