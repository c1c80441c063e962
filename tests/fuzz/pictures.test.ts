import { expect, it } from 'vitest'
import { fuzzPictures } from './pictures'

it('300 mutated pictures are decoded or refused with a sentence', async () => {
  const { kinds, faults } = await fuzzPictures(300, 1)
  expect(faults).toEqual([])
  expect(kinds.get('decoded')).toBeGreaterThan(20)
  expect(kinds.get('refused with a sentence')).toBeGreaterThan(100)
})
