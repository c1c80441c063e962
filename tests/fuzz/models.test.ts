import { expect, it } from 'vitest'
import { fuzzModels } from './models'

it('300 mutated model files run or are refused with a sentence', async () => {
  const { kinds, faults } = await fuzzModels(300, 1)
  expect(faults).toEqual([])
  expect(kinds.get('ran')).toBeGreaterThan(30)
  expect(kinds.get('refused before it ran')).toBeGreaterThan(50)
})
