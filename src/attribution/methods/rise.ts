import { sampleMap } from '../../image/heatmap'
import { masked } from '../masks'
import { defineMethod } from '../method'
import { SEED, uniform } from '../random'
import { scoreOf } from '../target'

/**
 * S = 1/(p·N) Σ_i f(X ∘ M_i) · M_i, f the target's probability. Each M_i is a grid of `cells` × `cells`, a cell 1 with probability p, else 0,
 * resized bilinearly to (cells + 1) × the size of a cell and cropped at random (section 3.2 of the paper). Half-pixel centres,
 * edges clamped. Less the least value of S, as the authors draw it from its least to its most.
 */
export default defineMethod({
  id: 'rise',
  order: 104,
  label: 'RISE',
  paper: 'Petsiuk et al. 2018, RISE: Randomized Input Sampling for Explanation of Black-box Models',
  formula: 'S = 1/(p·N) Σ f(x · M_i) · M_i over random masks M_i, f the class’s probability; S − min S',
  help: 'The picture is seen through many random masks; where masks that leave the class its probability let the picture through is bright. Reads no gradient.',
  caution: 'It is a sample: with few masks its spots are chance. Another seed shows which.',
  cost: 'masks × one forward run',
  options: {
    masks: { default: 1000, least: 1, most: 20000, isWhole: true, help: 'random masks' },
    cells: { default: 7, least: 2, most: 64, isWhole: true, help: 'cells of a mask along each side' },
    kept: { default: 0.5, least: 0.01, most: 0.99, help: 'probability that a cell lets the picture through' },
    seed: SEED,
  },
  isSlow: true,
  result: 'map',
  readsLayer: false,
  available: () => ({ ok: true }),
  async attribute(context, { target, options: { masks, cells, kept, seed } }) {
    const { height, width } = context
    const input = await context.input()
    const draw = maskDrawer({ height, width, cells, kept, next: uniform(seed) })
    const sum = new Float64Array(height * width)
    for (let i = 0; i < masks; i++) {
      await context.progress(i, masks)
      const mask = draw()
      const score = scoreOf(target, (await context.answerTo(masked(input, mask))).probabilities)
      for (const [place, open] of mask.entries()) sum[place] = (sum[place] ?? 0) + (score * open) / (kept * masks)
    }
    const least = sum.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY)
    const values = Float32Array.from(sum, value => value - least)
    return { map: { height, width, values }, weights: null, evidence: null }
  },
})

interface Drawing {
  readonly height: number
  readonly width: number
  readonly cells: number
  readonly kept: number
  next(): number
}

/** @returns a mask [H, W], 0..1: cells row by row, then the place of the crop, down and across, are drawn */
function maskDrawer({ height, width, cells, kept, next }: Drawing): () => Float32Array {
  const [down, across] = [Math.ceil(height / cells), Math.ceil(width / cells)]
  const whole = (cells + 1) * across
  return () => {
    const values = Float32Array.from({ length: cells * cells }, () => (next() < kept ? 1 : 0))
    const [top, left] = [Math.floor(next() * down), Math.floor(next() * across)]
    const large = sampleMap({ height: cells, width: cells, values }, whole, (cells + 1) * down, true)
    const mask = new Float32Array(height * width)
    for (let y = 0; y < height; y++) {
      const from = (top + y) * whole + left
      mask.set(large.subarray(from, from + width), y * width)
    }
    return mask
  }
}
