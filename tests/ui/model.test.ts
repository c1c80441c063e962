import { describe, expect, test } from 'vitest'
import { channelOrder } from '../../src/ui/model/channels'
import { searchClasses } from '../../src/ui/model/classes'
import { describe as describeExplanation } from '../../src/ui/model/describe'
import { changeFormat, milliseconds, percent, shortPath, size, value } from '../../src/ui/model/format'
import { layerPixels } from '../../src/ui/model/layerPixels'

describe('finding a class', () => {
  const labels = ['background', 'cat', 'crane (2)', 'catamaran', 'tiger cat', 'crane (5)', 'polecat']

  test('the closest come first: index, name, beginning, word, anywhere', () => {
    expect(searchClasses(labels, 'cat', 10)).toEqual([1, 3, 4, 6])
    expect(searchClasses(labels, ' CAT ', 2)).toEqual([1, 3])
    expect(searchClasses(labels, '5', 10)).toEqual([5])
    expect(searchClasses(labels, 'crane', 10)).toEqual([2, 5])
    expect(searchClasses(labels, 'dog', 10)).toEqual([])
  })

  test('what is typed is text, not a pattern', () => {
    expect(searchClasses(labels, '(', 10)).toEqual([2, 5])
    expect(searchClasses(labels, '.*', 10)).toEqual([])
  })
})

test('numbers as people read them', () => {
  expect([0, 0.0004, 0.004, 0.614, 1].map(percent)).toEqual(['0%', '<0.1%', '0.4%', '61%', '100%'])
  expect([38.4, 1432].map(milliseconds)).toEqual(['38 ms', '1.4 s'])
  expect([0, 1.5349, -0.08213, 4.14e-7].map(value)).toEqual(['0', '1.53', '−0.0821', '4.1e−7'])
  expect([0.614, 0.0004].map(changeFormat('softmax'))).toEqual(['61.4%', '0.0%'])
  const strides = [64, 8, 1] as const
  expect(
    [
      { channels: { count: 2048, stride: 64 }, grid: { channels: 2048, height: 8, width: 8, offset: 0, strides } },
      { channels: { count: 1000, stride: 1 } },
    ].map(size),
  ).toEqual(['8 × 8 · 2,048', '1,000'])
  expect(['layer4.1.conv2', 'Mixed_6a.Branch_1.Conv2d_0b_3x3'].map(shortPath)).toEqual([
    'layer4.1.conv2',
    'Mixed_6a…Conv2d_0b_3x3',
  ])
})

test('channels by weight: the largest first, of equals the first', () => {
  expect(channelOrder(4, Float32Array.of(-1, 3, 0, 3), 'weight')).toEqual([1, 3, 2, 0])
  expect(channelOrder(4, Float32Array.of(-1, 3, 0, 3), 'index')).toEqual([0, 1, 2, 3])
})

describe('a map in words', () => {
  const gradcam = (...values: number[]) =>
    ({
      kind: 'map',
      method: 'gradcam',
      layer: 'layer2',
      target: { class: 7 },
      map: { height: 2, width: 2, values: Float32Array.from(values) },
      weights: new Float32Array(1),
      rounding: false,
    }) as const

  const saliency = (...values: number[]) =>
    ({
      kind: 'gradient',
      method: 'saliency',
      layer: 'input',
      camLayer: null,
      rounding: false,
      target: { class: 7 },
      gradient: { height: 2, width: 2, channels: 'rgb', values: Float32Array.from(values) },
    }) as const

  test('says where it is strongest', () => {
    expect(describeExplanation(gradcam(0, 3, 1.5, 0), 'tabby')).toBe(
      'Grad-CAM of tabby at layer2, strongest at the upper right: 75% from the left and 25% from the top of what the network saw.',
    )
  })

  test('of a gradient, whatever its sign and channel', () => {
    expect(describeExplanation(saliency(1, 0, 2, 0, 0, 0, -5, 0, 1, 2, 0, 0), 'tabby')).toBe(
      'Saliency of tabby at the input, strongest at the lower left: 25% from the left and 75% from the top of what the network saw.',
    )
  })

  test('says when there is nothing', () => {
    expect(describeExplanation(gradcam(0, 0, 0, 0), 'tabby')).toBe('No positive evidence for tabby at layer2.')
    expect(describeExplanation(saliency(...new Float32Array(12)), 'tabby')).toBe(
      'Saliency of tabby at the input is 0 everywhere, to float32’s rounding error.',
    )
  })
})

test('below the threshold a layer is clear, above it the colour stands whole', () => {
  const map = { height: 1, width: 4, values: Float32Array.of(0, 0.4, 0.5, 1), low: 0, high: 1 }
  const { width, height, data } = layerPixels(map, { colormap: 'grey', threshold: 0.5, smooth: false }, 640)
  expect([width, height]).toEqual([4, 1])
  expect([3, 7, 11, 15].map(at => data[at])).toEqual([0, 0, 255, 255])
  expect([8, 12].map(at => data[at])).toEqual([128, 255])
})
