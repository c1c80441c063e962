import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readNetwork } from '../../src/analysis/analyze'
import { correlation } from '../../src/attribution/correlation'
import { Network } from '../../src/engine/network'
import type { Run } from '../../src/engine/run'
import type { GradientKind } from '../../src/grad/rules/gated'
import { fromPixels, toInput } from '../../src/image/transform'
import { writeOnnx } from '../../src/onnx/write'
import { GraphBuilder, random } from '../support/build'
import { openModel, runtime } from '../support/engine'
import { gradientOf, mapOf } from '../support/explain'
import { goldenPixels, PREPROCESSING } from '../support/golden'
import { ndArray } from '../support/reference/array'
import { byHand, CLASSES, SIZE, tower } from './tower'

const largest = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((most, value) => Math.max(most, Math.abs(value)), 0)

describe('the gradients at the input of a small tower, against loops by hand', () => {
  const g = tower()
  const image = ndArray([1, 3, SIZE, SIZE], random('picture')(3 * SIZE * SIZE))
  let compiled = 0
  let network: Network
  let run: Run

  beforeAll(async () => {
    const counting = {
      ...runtime,
      compile: (...[model, weights]: Parameters<typeof runtime.compile>) => {
        compiled++
        return runtime.compile(model, weights)
      },
    }
    network = await Network.create(readNetwork(writeOnnx(g.build())), counting)
    run = await network.forward(Float32Array.from(image.data))
  })
  afterAll(async () => {
    run.dispose()
    await network.dispose()
  })

  it.each((['saliency', 'guided', 'deconvnet'] as const).flatMap(kind => [0, 1, 2, 3].map(c => [kind, c] as const)))(
    '%s of class %i',
    async (kind, target) => {
      const expected = byHand(g, image, kind, target)
      const found = await gradientOf(run, kind, target)
      const scale = largest(expected)
      expect(scale).toBeGreaterThan(0.1)
      expect(found).toHaveLength(expected.length)
      // float32 against double: sums of some hundred products of values near 1
      expect(largest(expected.map((value, i) => value - (found[i] ?? Number.NaN)))).toBeLessThanOrEqual(1e-5 * scale)
    },
  )

  it('the kinds differ, and none is compiled by itself', async () => {
    const [saliency, guided, deconvnet] = await Promise.all(
      (['saliency', 'guided', 'deconvnet'] as const).map(kind => gradientOf(run, kind, 1)),
    )
    expect(guided).not.toEqual(saliency)
    expect(deconvnet).not.toEqual(guided)
    expect(compiled).toBe(1)
  })

  it('Guided Grad-CAM is guided backpropagation where the map speaks for the class', async () => {
    const { map } = await mapOf(run, 'gradcam', 'relu1', 2)
    const guided = await gradientOf(run, 'guided', 2)
    const product = await gradientOf(run, 'guided-gradcam', 2, { layer: 'relu1' })
    // The map of relu1 is as large as the input: nothing is between its cells.
    const expected = guided.map((value, i) => value * (map.values[i % (SIZE * SIZE)] ?? Number.NaN))
    expect(product).toEqual(expected)
    expect(largest(product)).toBeGreaterThan(0)
  })

  it.each([
    ['a class that is not there', 'unknown-class', (run: Run) => gradientOf(run, 'guided', CLASSES)],
    ['a class below 0', 'unknown-class', (run: Run) => gradientOf(run, 'guided-gradcam', -1, { layer: 'relu1' })],
    [
      'a layer that is not there',
      'unknown-layer',
      (run: Run) => gradientOf(run, 'guided-gradcam', 0, { layer: 'relu9' }),
    ],
    [
      'a layer without places',
      'no-spatial-extent',
      (run: Run) => gradientOf(run, 'guided-gradcam', 0, { layer: 'flatten5' }),
    ],
  ])('refuses %s', async (_, code, ask) => {
    await expect(ask(run)).rejects.toMatchObject({ name: 'HookscopeError', code })
  })

  it('runs nothing for a caller that is gone', async () => {
    const fresh = await network.forward(Float32Array.from(image.data))
    await expect(gradientOf(fresh, 'deconvnet', 0, { signal: { aborted: true } })).rejects.toMatchObject({
      code: 'cancelled',
    })
    fresh.dispose()
  })
})

it('an operator without a rule closes the input, and the sentence names it', async () => {
  const g = new GraphBuilder(17, 'closed')
  const image = g.input('image', [1, 3, 4, 4])
  const whole = [g.weight([1, 4], [0, 0, 3, 3]), g.ints([0])]
  const odd = g.node('RoiAlign', [image, ...whole], { output_height: 4, output_width: 4 }, { name: 'odd' })
  const relu = g.node('Relu', [g.node('Conv', [odd, g.weight([2, 3, 1, 1])])])
  g.output(g.node('Flatten', [g.node('GlobalAveragePool', [relu])], {}, { outputs: ['logits'] }))
  const network = await Network.create(readNetwork(writeOnnx(g.build())), runtime)
  const run = await network.forward(new Float32Array(48).fill(0.5))
  const refusal = {
    code: 'no-gradient',
    message: expect.stringMatching(/^No gradient reaches the input.*RoiAlign "odd"/),
  }
  await expect(gradientOf(run, 'saliency', 0)).rejects.toMatchObject(refusal)
  await expect(gradientOf(run, 'guided-gradcam', 0, { layer: 'Relu' })).rejects.toMatchObject({
    name: 'HookscopeError',
  })
  expect(network.layout.inputGradient.ok).toBe(false)
  await network.dispose()
})

describe('of ResNet18, the gradients of two classes', () => {
  let network: Network
  let run: Run
  beforeAll(async () => {
    network = await openModel('resnet18')
    const preprocessing = PREPROCESSING.resnet18
    if (!preprocessing) throw new Error('no preprocessing')
    const { input } = await toInput(fromPixels(await goldenPixels('chelsea.png')), preprocessing, 'crop')
    run = await network.forward(input)
  }, 60_000)
  afterAll(async () => {
    run.dispose()
    await network.dispose()
  })

  it('are hardly different with guided backpropagation, and are otherwise (Adebayo et al. 2018)', async () => {
    const between = async (kind: GradientKind) =>
      correlation(await gradientOf(run, kind, 25), await gradientOf(run, kind, 96))
    expect(await between('guided')).toBeGreaterThan(0.9)
    expect(await between('deconvnet')).toBeGreaterThan(0.9)
    expect(await between('saliency')).toBeLessThan(0.3)
  }, 20_000)
})
