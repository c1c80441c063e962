import { normal, SEED } from '../../attribution/random'
import { scoreOf } from '../../attribution/target'
import { byRelevance } from '../exchange'
import { imputed } from '../imputation'
import { defineMetric } from '../metric'

/** Standard deviation of what is added to imputed pixels, as in the authors' code. */
const NOISE = 0.01

/**
 * The paper compares the accuracy over a data set when the most and when the least relevant pixels go first; of one picture, its probability takes
 * the place of the accuracy, and the difference of the two orders is told, as in pytorch-grad-cam's ROADCombined (which halves it).
 */
export default defineMetric({
  id: 'road',
  order: 12,
  label: 'ROAD',
  paper: 'Rong et al. 2022, A Consistent and Efficient Evaluation Strategy for Attribution Methods',
  formula:
    'mean of p(x without the share s that counts least) − p(x without the share s that counts most), s = (k − ½)/K, k = 1 … K',
  help: 'Pixels are taken out by noisy linear imputation: each becomes the mean of its neighbours, so that no grey spots tell the network where something was. Random maps get about 0.',
  good: 'higher',
  cost: 'two forward runs and two linear systems a share',
  options: {
    shares: { default: 3, least: 1, most: 100, isWhole: true, help: 'shares of the pixels that are taken out (K)' },
    seed: SEED,
  },
  async measure(subject, { shares = 1, seed = 0 }) {
    const { input, height, width, target, explanation } = subject
    const most = byRelevance(explanation.relevance)
    const next = normal(seed)
    const without = async (places: Uint32Array) => {
      const changed = imputed(input, height, width, places)
      for (let from = 0; from < input.length; from += most.length)
        for (const place of places) changed[from + place] = (changed[from + place] ?? 0) + NOISE * next()
      return scoreOf(target, (await subject.answerTo(changed)).probabilities)
    }
    const least = most.slice().reverse()
    let sum = 0
    for (let k = 0; k < shares; k++) {
      const count = Math.min(most.length - 1, Math.round(((k + 0.5) / shares) * most.length))
      await subject.progress(2 * k, 2 * shares)
      const withoutMost = await without(most.subarray(0, count))
      await subject.progress(2 * k + 1, 2 * shares)
      sum += (await without(least.subarray(0, count))) - withoutMost
    }
    return { value: sum / shares }
  },
})
