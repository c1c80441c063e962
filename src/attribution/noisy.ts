import type { Context, Options, Question } from './method'
import { normal, SEED } from './random'

/** Options of the methods that read gradients of noisy copies of the picture. */
export const NOISE = {
  samples: { default: 25, least: 1, most: 1000, isWhole: true, help: 'noisy copies' },
  noise: { default: 0.15, least: 0, most: 1, help: 'deviation of the noise, as a share of the range of the input' },
  seed: SEED,
} satisfies Options

/** Mean of ∂y^c/∂x and of its square at x + noise, the noise normal with a deviation of `noise` × (max x − min x). */
export async function noisyGradient(
  context: Context,
  { target, options: { samples, noise, seed } }: Question<typeof NOISE>,
) {
  const input = await context.input()
  const [low, high] = input.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
  ] as const)
  const next = normal(seed)
  const [mean, square] = [new Float64Array(input.length), new Float64Array(input.length)]
  for (let k = 0; k < samples; k++) {
    await context.progress(k, samples)
    const gradient = await context.gradientOf(
      input.map(value => value + noise * (high - low) * next()),
      target,
    )
    gradient.forEach((slope, i) => {
      mean[i] = (mean[i] ?? 0) + slope / samples
      square[i] = (square[i] ?? 0) + slope ** 2 / samples
    })
  }
  return { input, mean, square }
}
