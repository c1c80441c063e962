import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Ablation, ablate } from '../../src/engine/ablate'
import { type Blueprint, readNetwork } from '../../src/engine/layout'
import { Network } from '../../src/engine/network'
import type { Run } from '../../src/engine/run'
import { floatTensor, sizeOf } from '../../src/graph/tensors'
import type { Graph } from '../../src/graph/types'
import { fromPixels, toInput } from '../../src/image/transform'
import { writeOnnx } from '../../src/onnx/write'
import { random } from '../support/build'
import { runtime } from '../support/engine'
import { goldenPixels, modelBytes, PREPROCESSING } from '../support/golden'
import { smallClassifier } from '../support/small-classifier'

const read = (graph: Graph): Blueprint => readNetwork(writeOnnx(graph))

/** The graph with a parameter's values changed: `keep` says which of its rows along an axis stay. */
function without(graph: Graph, name: string, axis: number, rows: readonly number[]): Graph {
  const tensor = graph.constants.get(name)
  if (!tensor) throw new Error(`no parameter ${name}`)
  const values = new Float32Array(tensor.bytes.slice().buffer)
  const inner = sizeOf(tensor.dims.slice(axis + 1))
  const changed = values.map((value, i) =>
    rows.includes(Math.floor(i / inner) % (tensor.dims[axis] ?? 1)) ? 0 : value,
  )
  return { ...graph, constants: new Map(graph.constants).set(name, floatTensor(tensor.dims, changed)) }
}

/** Everything that a run tells of class 2. */
async function results(blueprint: Blueprint): Promise<Map<string, ArrayLike<number>>> {
  const network = await Network.create(blueprint, runtime)
  const run = await network.forward(Float32Array.from(random('picture')(3 * 32 * 32)))
  const found = new Map<string, ArrayLike<number>>([['logits', run.logits]])
  for (const kind of ['saliency', 'guided', 'deconvnet'] as const) found.set(kind, await run.inputGradient(kind, 2))
  for (const { path, methods, shape } of blueprint.layout.hookPoints) {
    if (methods.gradcam.ok) found.set(`gradcam ${path}`, (await run.explain('gradcam', path, 2)).map.values)
    if (methods.cam.ok) found.set(`cam ${path}`, (await run.explain('cam', path, 2)).map.values)
    if (shape.length === 4) found.set(`features ${path}`, (await run.features(path)).values)
  }
  run.dispose()
  await network.dispose()
  return found
}

function expectSame(found: Map<string, ArrayLike<number>>, expected: Map<string, ArrayLike<number>>): void {
  expect([...found.keys()]).toEqual([...expected.keys()])
  for (const [name, values] of expected) {
    const scale = Array.from(values).reduce((most, value) => Math.max(most, Math.abs(value)), 0)
    const worst = Array.from(values).reduce(
      (worst, value, i) => Math.max(worst, Math.abs(value - (found.get(name)?.[i] ?? Number.NaN))),
      0,
    )
    expect(worst, name).toBeLessThanOrEqual(1e-5 * scale)
  }
}

describe('channels switched off in a small network', () => {
  const graph = smallClassifier()
  const blueprint = read(graph)

  it('of a convolution, are filters of zeros: logits, maps, features and every input gradient', async () => {
    const channels = [1, 6]
    const rewritten = without(without(graph, 'conv1.weight', 0, channels), 'conv1.bias', 0, channels)
    const found = await results(ablate(blueprint, [{ layer: 'conv1', channels }]))
    expectSame(found, await results(read(rewritten)))
    expect(found.get('logits')).not.toEqual((await results(blueprint)).get('logits'))
  })

  it('of two layers at once, one named twice', async () => {
    const left = without(without(graph, 'mixed/right.weight', 0, [0, 7]), 'mixed/right.bias', 0, [0, 7])
    const both = without(without(left, 'block/conv.weight', 0, [3]), 'block/conv.bias', 0, [3])
    const asked: Ablation[] = [
      { layer: 'mixed.right', channels: [7] },
      { layer: 'block.conv', channels: [3] },
      { layer: 'mixed.right', channels: [0, 7] },
    ]
    expectSame(await results(ablate(blueprint, asked)), await results(read(both)))
  })

  it('leaves paths, shapes and the network itself as they are', async () => {
    const before = await results(blueprint)
    const ablated = ablate(blueprint, [{ layer: 'block', channels: [0] }])
    expect(ablated.layout).toEqual(blueprint.layout)
    expect((await results(blueprint)).get('logits')).toEqual(before.get('logits'))
  })

  it('nothing switched off is the network as it is', async () => {
    expectSame(await results(ablate(blueprint, [])), await results(blueprint))
  })

  it.each([
    ['layer9', [0], 'unknown-layer', /no layer "layer9"/],
    ['conv1', [0, 8], 'bad-argument', /^conv1 has no channel 8\. It has 8 channels: 0 to 7\.$/],
    ['conv1', [-1], 'bad-argument', /^conv1 has no channel -1\./],
    ['conv1', [1.5], 'bad-argument', /^conv1 has no channel 1\.5\./],
    ['fc', [5], 'bad-argument', /^fc has no channel 5\. It has 5 channels: 0 to 4\.$/],
  ])('refuses channels of %s: %j', (layer, channels, code, message) => {
    expect(() => ablate(blueprint, [{ layer, channels }])).toThrow(
      expect.objectContaining({ name: 'HookscopeError', code, message: expect.stringMatching(message) }),
    )
  })
})

describe('channels switched off in ResNet18', () => {
  const whole = readNetwork(modelBytes('resnet18'))
  const channels = [12, 40, 300]
  let networks: Network[]
  let plain: Run
  let ablated: Run

  beforeAll(async () => {
    const preprocessing = PREPROCESSING.resnet18
    if (!preprocessing) throw new Error('no preprocessing')
    const { input } = await toInput(fromPixels(await goldenPixels('chelsea.png')), preprocessing, 'crop')
    const without = ablate(whole, [{ layer: 'layer4.1', channels }])
    networks = [await Network.create(whole, runtime), await Network.create(without, runtime)]
    const [first, second] = await Promise.all(networks.map(network => network.forward(input)))
    if (!first || !second) throw new Error('no run')
    plain = first
    ablated = second
  }, 60_000)
  afterAll(async () => {
    plain.dispose()
    ablated.dispose()
    for (const network of networks) await network.dispose()
  })

  it('of layer4.1 take w_k · mean(A_k) off each logit, for the rest is linear', async () => {
    const features = await plain.features('layer4.1')
    const places = features.height * features.width
    let moved = 0
    for (const target of [0, 25, 60]) {
      const { weights } = await plain.explain('cam', 'layer4', target)
      const lost = channels.reduce((sum, k) => {
        const mean = features.values.subarray(k * places, (k + 1) * places).reduce((a, b) => a + b, 0) / places
        return sum + (weights[k] ?? Number.NaN) * mean
      }, 0)
      expect((plain.logits[target] ?? 0) - (ablated.logits[target] ?? 0)).toBeCloseTo(lost, 4)
      moved = Math.max(moved, Math.abs(lost))
    }
    expect(moved).toBeGreaterThan(0.01)
  })

  it('are gone from the feature maps and from both maps, which still say the same', async () => {
    const { values, height, width } = await ablated.features('layer4')
    const places = height * width
    for (const k of channels) expect(Math.max(...values.subarray(k * places, (k + 1) * places))).toBe(0)
    const [cam, gradcam] = [await ablated.explain('cam', 'layer4', 25), await ablated.explain('gradcam', 'layer4', 25)]
    const before = await plain.explain('cam', 'layer4', 25)
    expect(cam.map.values).not.toEqual(before.map.values)
    gradcam.map.values.forEach((value, i) => {
      expect(value * places).toBeCloseTo(Math.max(0, cam.map.values[i] ?? Number.NaN), 4)
    })
  })
})
