import { expect, it } from 'vitest'
import { labels } from '../../src/hookscope'

it('labels() gives the names of a data set’s classes', async () => {
  const [imagenet, background, caltech] = [
    await labels('imagenet-1000'),
    await labels('imagenet-1001'),
    await labels('caltech-101'),
  ]
  expect([imagenet.length, background.length, caltech.length]).toEqual([1000, 1001, 101])
  expect([imagenet[285], imagenet[134], background[0], background[286], caltech[25]]).toEqual([
    ...['Egyptian cat', 'crane (134)', 'background', 'Egyptian cat', 'cougar face'],
  ])
  await expect(labels('coco' as 'caltech-101')).rejects.toThrow(
    'There are no labels “coco”: choose imagenet-1000, imagenet-1001, caltech-101.',
  )
})
