import { expect, it } from 'vitest'
import { gained } from '../../src/attribution/methods/guided-gradcam'

it('multiplies every channel with the map, resized as torch does with align_corners=False', () => {
  const map = { height: 1, width: 2, values: Float32Array.of(1, 3) }
  const guided = Float32Array.of(...[1, 1, 1, 1], ...[1, -2, 0, 10], ...[0, 0, 0, -1], ...[5, 6, 7, 8])
  // F.interpolate([[[[1., 3.]]]], size=(2, 4), mode='bilinear', align_corners=False): 1, 1.5, 2.5, 3 in both rows
  const gains = [1, 1.5, 2.5, 3]
  const product = gained(guided, map, { height: 2, width: 4 })
  expect(product).toEqual(guided.map((value, i) => value * (gains[i % 4] ?? Number.NaN)))
})
