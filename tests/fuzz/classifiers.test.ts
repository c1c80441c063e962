import { expect, it } from 'vitest'
import { fuzzClassifiers } from './classifiers'

const [COUNT, SEED] = [500, 1]

/** More of them: `npm run fuzz -- classifiers`. */
it(`${COUNT} random classifiers have the evaluator’s logits and maps, or a sentence why not`, async () => {
  const { wrong, count } = await fuzzClassifiers(COUNT, SEED)
  expect(wrong.join('\n')).toBe('')
  expect(count.right, 'networks with maps').toBeGreaterThan(0.9 * COUNT)
  expect(count.edge, 'networks too near to a kink').toBeLessThan(0.05 * COUNT)
}, 600_000)
