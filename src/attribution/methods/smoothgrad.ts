import { momentum } from '../evidence'
import { defineMethod } from '../method'
import { NOISE, noisyGradient } from '../noisy'

/** 1/n Σ ∂y^c/∂x at x + noise. */
export default defineMethod({
  id: 'smoothgrad',
  order: 170,
  label: 'SmoothGrad',
  paper: 'Smilkov et al. 2017, SmoothGrad: removing noise by adding noise',
  formula: 'mean of ∂y/∂x at x + noise',
  help: 'The mean gradient over noisy copies of the picture.',
  cost: 'samples × one forward and one backward run to the input',
  options: NOISE,
  isSlow: true,
  result: 'gradient',
  available: network => network.inputGradient,
  async attribute(context, question) {
    const { input, mean } = await noisyGradient(context, question)
    const values = Float32Array.from(mean)
    return { values, evidence: { linear: values, left: 1, momentum: momentum(values, input) } }
  },
})
