import { BASELINE, baselineOf } from '../baseline'
import { momentum } from '../evidence'
import { defineMethod } from '../method'

/**
 * (x − x′) ∘ 1/m Σ_k ∂y^c/∂x at x′ + (k − ½)/m · (x − x′), k = 1 … m: the integral of the paper from a baseline x′, by the midpoint rule.
 * The values add up to the logit less that of the baseline (completeness), as far as the sum is the integral.
 */
export default defineMethod({
  id: 'integrated-gradients',
  order: 160,
  label: 'Integrated Gradients',
  paper: 'Sundararajan et al. 2017, Axiomatic Attribution for Deep Networks',
  formula: '(x − x′) · mean of ∂y/∂x along the way from a baseline x′ to x',
  help: 'Gradients along the way from an even picture to this one. The values add up to what the picture adds to the logit.',
  caution:
    'What equals the baseline gets nothing: from black, a black cat is not seen (Sturmfels et al. 2020, Visualizing the Impact of Feature Attribution Baselines).',
  cost: 'steps × one forward and one backward run to the input',
  options: {
    steps: { default: 50, least: 1, most: 1000, isWhole: true, help: 'points of the way' },
    baseline: BASELINE,
  },
  isSlow: true,
  result: 'gradient',
  isSigned: true,
  available: network => network.inputGradient,
  async attribute(context, { target, options: { steps, baseline } }) {
    const input = await context.input()
    const from = await baselineOf(context, baseline)
    const way = input.map((value, i) => value - (from[i] ?? 0))
    const sum = new Float64Array(input.length)
    for (let k = 0; k < steps; k++) {
      await context.progress(k, steps)
      const share = (k + 0.5) / steps
      const gradient = await context.gradientOf(
        from.map((value, i) => value + (way[i] ?? 0) * share),
        target,
      )
      gradient.forEach((slope, i) => {
        sum[i] = (sum[i] ?? 0) + slope / steps
      })
    }
    const mean = Float32Array.from(sum)
    const values = mean.map((slope, i) => slope * (way[i] ?? 0))
    return { values, evidence: { linear: mean, left: 1, momentum: momentum(mean, input) } }
  },
})
