import { describe, expect, test } from 'vitest'
import { channelOrder } from '../../src/ui/model/channels'
import { plainLabel, searchClasses } from '../../src/ui/model/classes'
import { describeMap, noEvidence } from '../../src/ui/model/describe'
import { featuresFileName, mapFileName } from '../../src/ui/model/filenames'
import { milliseconds, percent, shape, shortPath, value } from '../../src/ui/model/format'
import { layerPixels } from '../../src/ui/model/layerPixels'
import { softmax, top } from '../../src/ui/model/predictions'

describe('predictions', () => {
  test('softmax of large logits neither overflows nor loses the sum', () => {
    const probabilities = softmax(Float32Array.of(1000, 1001, 999))
    const powers = [Math.exp(-1), 1, Math.exp(-2)]
    const sum = powers.reduce((a, b) => a + b)
    for (const [i, power] of powers.entries()) expect(probabilities[i]).toBeCloseTo(power / sum, 6)
  })

  test('top gives the most probable first, of equals the first', () => {
    expect(top(Float32Array.of(0.2, 0.5, 0.2, 0.1), 3).map(({ index }) => index)).toEqual([1, 0, 2])
  })
})

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

  test('a label loses the index that it carries, and nothing else', () => {
    expect(plainLabel('crane (135)', 135)).toBe('crane')
    expect(plainLabel('crane (135)', 13)).toBe('crane (135)')
  })
})

describe('file names', () => {
  const named = { picture: 'chelsea.png', network: 'inception-v3', layer: 'Mixed_7c' }

  test('tell network, layer, method and class', () => {
    const map = { ...named, method: 'gradcam', target: 283, label: 'tiger cat' } as const
    expect(mapFileName(map, 'png')).toBe('chelsea.inception-v3.Mixed_7c.gradcam.283-tiger-cat.png')
    expect(mapFileName({ ...map, label: 'crane (283)' }, 'json')).toBe(
      'chelsea.inception-v3.Mixed_7c.gradcam.283-crane.json',
    )
    expect(featuresFileName(named)).toBe('chelsea.inception-v3.Mixed_7c.features.png')
  })

  test('hold only what every file system takes', () => {
    const picture = '../C:\\été*?.tar.jpeg'
    const name = mapFileName(
      { ...named, picture, layer: 'relu:0', method: 'cam', target: 0, label: "jack-o'-lantern" },
      'png',
    )
    expect(name).toBe('C-été-.tar.inception-v3.relu-0.cam.0-jack-o-lantern.png')
    expect(featuresFileName({ ...named, picture: '???.png' })).toBe('picture.inception-v3.Mixed_7c.features.png')
  })
})

test('numbers as people read them', () => {
  expect([0, 0.0004, 0.004, 0.614, 1].map(percent)).toEqual(['0%', '<0.1%', '0.4%', '61%', '100%'])
  expect([38.4, 1432].map(milliseconds)).toEqual(['38 ms', '1.4 s'])
  expect([0, 1.5349, 0.08213, 4.14e-7].map(value)).toEqual(['0', '1.53', '0.0821', '4.1e-7'])
  expect(
    [
      [1, 2048, 8, 8],
      [1, 1000],
    ].map(shape),
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
  const explanation = {
    method: 'gradcam',
    layer: 'layer2',
    target: 7,
    map: { height: 2, width: 2, values: new Float32Array(4) },
    weights: new Float32Array(1),
  } as const

  test('says where it is strongest', () => {
    const scaled = { height: 2, width: 2, values: Float32Array.of(0, 1, 0.5, 0), low: 0, high: 3 }
    expect(describeMap(scaled, explanation, 'tabby')).toBe(
      'Grad-CAM of tabby at layer2, strongest at the upper right: 75% from the left and 25% from the top of what the network saw.',
    )
  })

  test('says when there is nothing', () => {
    const scaled = { height: 2, width: 2, values: new Float32Array(4), low: 0, high: 0 }
    expect(describeMap(scaled, explanation, 'tabby')).toBe(noEvidence('tabby', 'layer2'))
  })
})

test('below the threshold a layer is clear, above it the colour stands whole', () => {
  const map = { height: 1, width: 4, values: Float32Array.of(0, 0.4, 0.5, 1), low: 0, high: 1 }
  const { width, height, data } = layerPixels(map, { colormap: 'grey', threshold: 0.5, smooth: false }, 640)
  expect([width, height]).toEqual([4, 1])
  expect([3, 7, 11, 15].map(at => data[at])).toEqual([0, 0, 255, 255])
  expect([8, 12].map(at => data[at])).toEqual([128, 255])
})
