import { momentum } from '../evidence'
import { defineMethod } from '../method'

/**
 * x ∘ 1/m Σ_k ∂y^c/∂x at (k − ½)/m · x, k = 1 … m: the integral of the paper from an input of zeros, by the midpoint rule. Zeros of
 * the normalised input are the mean colour of the pictures that the network was trained on. The values add up to the logit
 * less that of zeros (completeness), as far as the sum is the integral.
 */
export default defineMethod({
  id: 'integrated-gradients',
  order: 160,
  label: 'Integrated Gradients',
  paper: 'Sundararajan et al. 2017, Axiomatic Attribution for Deep Networks',
  formula: 'x · mean of ∂y/∂x along the way from 0 to x',
  help: 'Gradients along the way from an even picture to this one. The values add up to what the picture adds to the logit.',
  cost: 'steps × one forward and one backward run to the input',
  options: { steps: { default: 50, least: 1, most: 1000, isWhole: true, help: 'points of the way' } },
  isSlow: true,
  result: 'gradient',
  isSigned: true,
  available: network => network.inputGradient,
  async attribute(context, { target, options: { steps = 1 } }) {
    const input = await context.input()
    const sum = new Float64Array(input.length)
    for (let k = 0; k < steps; k++) {
      await context.progress(k, steps)
      const share = (k + 0.5) / steps
      const gradient = await context.gradientOf(
        input.map(value => value * share),
        target,
      )
      gradient.forEach((slope, i) => {
        sum[i] = (sum[i] ?? 0) + slope / steps
      })
    }
    const mean = Float32Array.from(sum)
    const values = mean.map((slope, i) => slope * (input[i] ?? 0))
    return { values, evidence: { linear: mean, left: 1, momentum: momentum(mean, input) } }
  },
})
