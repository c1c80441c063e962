import { momentum } from '../evidence'
import { defineMethod } from '../method'
import { normal } from '../random'

/** 1/n Σ ∂y^c/∂x at x + noise, the noise normal with a deviation of `noise` × (max x − min x). */
export default defineMethod({
  id: 'smoothgrad',
  order: 17,
  label: 'SmoothGrad',
  paper: 'Smilkov et al. 2017, SmoothGrad: removing noise by adding noise',
  formula: 'mean of ∂y/∂x at x + noise',
  help: 'The mean gradient over noisy copies of the picture.',
  cost: 'samples × one forward and one backward run to the input',
  options: {
    samples: { default: 25, least: 1, most: 1000, isWhole: true, help: 'noisy copies' },
    noise: { default: 0.15, least: 0, most: 1, help: 'deviation of the noise, as a share of the range of the input' },
    seed: { default: 0, least: 0, most: 2 ** 31 - 1, isWhole: true, help: 'of the noise' },
  },
  result: 'gradient',
  available: network => network.inputGradient,
  async attribute(context, { target, options: { samples = 1, noise = 0, seed = 0 } }) {
    const input = await context.input()
    const [low, high] = input.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
    ] as const)
    const next = normal(seed)
    const sum = new Float64Array(input.length)
    for (let k = 0; k < samples; k++) {
      await context.progress(k, samples)
      const gradient = await context.gradientOf(
        input.map(value => value + noise * (high - low) * next()),
        target,
      )
      gradient.forEach((slope, i) => {
        sum[i] = (sum[i] ?? 0) + slope / samples
      })
    }
    const values = Float32Array.from(sum)
    return { values, evidence: { linear: values, left: 1, momentum: momentum(values, input) } }
  },
})
