import { momentum } from '../evidence'
import { defineMethod } from '../method'
import { NOISE, noisyGradient } from '../noisy'

/** 1/n Σ (∂y^c/∂x)² at x + noise. */
export default defineMethod({
  id: 'smoothgrad-squared',
  order: 180,
  label: 'SmoothGrad squared',
  paper: 'Hooker et al. 2019, A Benchmark for Interpretability Methods in Deep Neural Networks',
  formula: 'mean of (∂y/∂x)² at x + noise',
  help: 'The mean squared gradient over noisy copies of the picture: where the class’s logit answers at all, for or against.',
  cost: 'samples × one forward and one backward run to the input',
  options: NOISE,
  isSlow: true,
  result: 'gradient',
  available: network => network.inputGradient,
  async attribute(context, question) {
    const { input, mean, square } = await noisyGradient(context, question)
    const linear = Float32Array.from(mean)
    const evidence = { linear, left: 1, momentum: momentum(linear, input) }
    return { values: Float32Array.from(square), evidence }
  },
})
