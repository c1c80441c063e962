import { Tensor } from 'onnxruntime-web'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type AnalyzedModel, findHookPoint, readNetwork } from '../../src/analysis/analyze'
import type { Intervention } from '../../src/engine/intervene'
import { type Change, changeOf } from '../../src/engine/interventions'
import { Network } from '../../src/engine/network'
import type { Run } from '../../src/engine/run'
import type { Runtime } from '../../src/engine/runtime'
import { indexGraph } from '../../src/graph/graph-index'
import { inferShapes } from '../../src/graph/shapes'
import { floatTensor, sizeOf } from '../../src/graph/tensors'
import type { Tensor as Constant, Node } from '../../src/graph/types'
import { fromPixels, toInput } from '../../src/image/transform'
import { writeOnnx } from '../../src/onnx/write'
import { random } from '../support/build'
import { runtime } from '../support/engine'
import { gradientOf, mapOf } from '../support/explain'
import { goldenPixels, modelBytes, PREPROCESSING } from '../support/golden'
import { smallClassifier } from '../support/small-classifier'

const TARGET = 2
const PICTURE = Float32Array.from(random('picture')(3 * 32 * 32))

const graph = smallClassifier()
const analyzed = readNetwork(writeOnnx(graph))
const broken: Intervention = {
  path: 'fc',
  change: () => {
    throw new RangeError('broken')
  },
}
const at = (path: string, change: Change): Intervention => ({ path, change: changeOf(change) })

/** Nodes that make `out` of `x`, and their constants: a change written as a network. */
type Written = (x: string, out: string, shape: readonly number[]) => { nodes: Node[]; constants: [string, Constant][] }

const op = (name: string, inputs: string[], output: string, attributes: Node['attributes'] = new Map()): Node => ({
  ...{ name: `${output} ${name}`, op: name, domain: '', inputs, outputs: [output], attributes, metadata: new Map() },
})

/** The same network with the change as nodes behind the hook point: what it has to equal. Paths and layout stay. */
function written(before: AnalyzedModel, path: string, write: Written): AnalyzedModel {
  const { value, shape } = findHookPoint(before, path)
  const { graph } = before.graphIndex
  const whole = `${value} as it was`
  const { nodes, constants } = write(whole, value, shape)
  const rewritten = graph.nodes.flatMap(node =>
    node.outputs.includes(value)
      ? [{ ...node, outputs: node.outputs.map(output => (output === value ? whole : output)) }, ...nodes]
      : [node],
  )
  const graphIndex = indexGraph({ ...graph, nodes: rewritten, constants: new Map([...graph.constants, ...constants]) })
  const { input } = before.layout
  return { ...before, graphIndex, shapes: inferShapes(graphIndex, new Map([[input.name, input.shape]])) }
}

/** factor_k · x_k by a Mul. */
const times =
  (factor: (channel: number) => number): Written =>
  (x, out, shape) => {
    const dims = shape.map((size, axis) => (axis === 1 ? size : 1))
    const mask = floatTensor(
      dims,
      Array.from({ length: shape[1] ?? 0 }, (_, k) => factor(k)),
    )
    return { nodes: [op('Mul', [x, `${out} mask`], out)], constants: [[`${out} mask`, mask]] }
  }

/** min(max(x, a), b) = a + ReLU(x − a) − ReLU(x − b) */
const clamped =
  (a: number, b: number): Written =>
  (x, out) => {
    const scalar = (name: string, value: number): [string, Constant] => [`${out} ${name}`, floatTensor([], [value])]
    const nodes = [
      op('Sub', [x, `${out} a`], `${out} over a`),
      op('Relu', [`${out} over a`], `${out} relu a`),
      op('Sub', [x, `${out} b`], `${out} over b`),
      op('Relu', [`${out} over b`], `${out} relu b`),
      op('Sub', [`${out} relu a`, `${out} relu b`], `${out} cut`),
      op('Add', [`${out} cut`, `${out} a`], out),
    ]
    return { nodes, constants: [scalar('a', a), scalar('b', b)] }
  }

/** GlobalAveragePool, laid out again by a Mul with ones; other channels keep what they are. */
const averaged =
  (chosen: (channel: number) => boolean): Written =>
  (x, out, shape) => {
    const places = sizeOf(shape.slice(2))
    const share = (of: (channel: number) => number) =>
      floatTensor(
        shape,
        Array.from({ length: sizeOf(shape) }, (_, i) => of(Math.floor(i / places))),
      )
    const nodes = [
      op('GlobalAveragePool', [x], `${out} mean`),
      op('Mul', [`${out} mean`, `${out} here`], `${out} laid out`),
      op('Mul', [x, `${out} there`], `${out} rest`),
      op('Add', [`${out} laid out`, `${out} rest`], out),
    ]
    const constants: [string, Constant][] = [
      [`${out} here`, share(k => (chosen(k) ? 1 : 0))],
      [`${out} there`, share(k => (chosen(k) ? 0 : 1))],
    ]
    return { nodes, constants }
  }

const plus =
  (values: Float32Array): Written =>
  (x, out, shape) => ({
    nodes: [op('Add', [x, `${out} term`], out)],
    constants: [[`${out} term`, floatTensor(shape, values)]],
  })

/** Everything that a run tells of a class. */
async function told(run: Run, { layout }: AnalyzedModel): Promise<Map<string, ArrayLike<number>>> {
  const found = new Map<string, ArrayLike<number>>([['logits', run.logits]])
  for (const kind of ['saliency', 'guided', 'deconvnet'] as const) found.set(kind, await gradientOf(run, kind, TARGET))
  for (const { path, gradient, classWeights, shape } of layout.hookPoints) {
    if (gradient.ok) found.set(`gradcam ${path}`, (await mapOf(run, 'gradcam', path, TARGET)).map.values)
    if (classWeights.ok) found.set(`cam ${path}`, (await mapOf(run, 'cam', path, TARGET)).map.values)
    if (shape.length === 4) found.set(`features ${path}`, (await run.features(path)).values)
  }
  return found
}

async function toldBy(analyzed: AnalyzedModel): Promise<Map<string, ArrayLike<number>>> {
  const network = await Network.create(analyzed, runtime)
  const run = await network.forward(PICTURE)
  const found = await told(run, analyzed)
  run.dispose()
  await network.dispose()
  return found
}

/** Sums come in another order where programs are cut elsewhere; a map is one of many terms of both signs. */
function expectSame(found: Map<string, ArrayLike<number>>, expected: Map<string, ArrayLike<number>>, skip?: RegExp) {
  expect([...found.keys()]).toEqual([...expected.keys()])
  for (const [name, values] of expected) {
    if (skip?.test(name)) continue
    const scale = Array.from(values).reduce((most, value) => Math.max(most, Math.abs(value)), 0)
    const off = Array.from(values).map((value, i) => Math.abs(value - (found.get(name)?.[i] ?? Number.NaN)))
    expect(Math.max(...off), name).toBeLessThanOrEqual(1e-4 * scale)
  }
}

describe('a small network with changes equals the same network with the changes as nodes', () => {
  let network: Network
  let run: Run
  beforeAll(async () => {
    network = await Network.create(analyzed, runtime)
    run = await network.forward(PICTURE)
  })
  afterAll(async () => {
    run.dispose()
    await network.dispose()
  })

  const changed = async (...interventions: Intervention[]) => {
    const after = await run.intervene(interventions)
    const found = await told(after, analyzed)
    after.dispose()
    return found
  }

  // A convolution, a ReLU, a branch, a sum with a way around it, the last maps, a row, and the logits themselves.
  it.each(['conv1', 'relu', 'mixed.right', 'block.conv', 'block', 'Flatten', 'fc'])(
    'channels of %s off',
    async path => {
      const expected = await toldBy(
        written(
          analyzed,
          path,
          times(k => (k === 1 || k === 3 ? 0 : 1)),
        ),
      )
      expectSame(await changed(at(path, { kind: 'off', channels: [1, 3] })), expected)
      expect(expected.get('logits')).not.toEqual(run.logits)
    },
  )

  it.each(['conv1', 'mixed.left', 'block.relu'])('channels of %s kept alone', async path => {
    const expected = await toldBy(
      written(
        analyzed,
        path,
        times(k => (k === 2 ? 1 : 0)),
      ),
    )
    expectSame(await changed(at(path, { kind: 'keep', channels: [2] })), expected)
  })

  it.each(['relu', 'mixed', 'fc'])('%s scaled, in part and below 0', async path => {
    const expected = await toldBy(
      written(
        analyzed,
        path,
        times(k => (k === 0 ? -1.5 : 1)),
      ),
    )
    expectSame(await changed(at(path, { kind: 'scale', factor: -1.5, channels: [0] })), expected)
  })

  it.each(['conv1', 'block.bn', 'Flatten'])('%s clamped', async path => {
    const expected = await toldBy(written(analyzed, path, clamped(-0.1, 0.25)))
    // Its ReLUs are no ReLUs of the network: the two ways that hold gradients back at ReLUs do not compare.
    expectSame(await changed(at(path, { kind: 'clamp', min: -0.1, max: 0.25 })), expected, /guided|deconvnet/)
  })

  it.each(['relu', 'block'])('%s averaged over its places, all of it and in part', async path => {
    expectSame(
      await changed(at(path, { kind: 'mean' })),
      await toldBy(
        written(
          analyzed,
          path,
          averaged(() => true),
        ),
      ),
    )
    const expected = await toldBy(
      written(
        analyzed,
        path,
        averaged(k => k === 5),
      ),
    )
    expectSame(await changed(at(path, { kind: 'mean', channels: [5] })), expected)
  })

  it('noise', async () => {
    const noise = { kind: 'noise', share: 0.3, seed: 5 } as const
    const { channels, height, width, values } = await run.features('mixed.left')
    const noisy = await changeOf(noise)({
      shape: [1, channels, height, width],
      channels: { count: channels, stride: height * width },
      values,
    })
    const expected = await toldBy(
      written(analyzed, 'mixed.left', plus(noisy.values.map((x, i) => x - (values[i] ?? 0)))),
    )
    expectSame(await changed(at('mixed.left', noise)), expected)
  })

  it('several at once, in any order, one hook point twice: each sees those before it', async () => {
    const first = written(
      analyzed,
      'conv1',
      times(k => (k === 4 ? 0 : 1)),
    )
    const second = written(
      first,
      'mixed.right',
      times(() => 2),
    )
    const third = written(
      second,
      'block',
      times(k => (k === 1 ? -3 : 1)),
    )
    const found = await changed(
      at('block', { kind: 'scale', factor: 3, channels: [1] }),
      at('conv1', { kind: 'off', channels: [4] }),
      at('mixed.right', { kind: 'scale', factor: 2 }),
      at('block', { kind: 'scale', factor: -1, channels: [1] }),
    )
    expectSame(found, await toldBy(third))
  })

  it('none is the network as it is', async () => {
    expectSame(await changed(), await told(run, analyzed))
  })

  it('a hook sees a copy, by its shape, and may change it as it likes', async () => {
    const before = (await run.features('block')).values.slice()
    let shape: readonly number[] = []
    const after = await run.intervene([
      {
        path: 'block',
        change: async activation => {
          shape = activation.shape
          return { values: activation.values.fill(0.5) }
        },
      },
    ])
    expect(shape).toEqual([1, 16, 8, 8])
    expect(new Set((await after.features('block')).values)).toEqual(new Set([0.5]))
    expect((await run.features('block')).values).toEqual(before)
    after.dispose()
  })

  it('no gradient passes a hook whose derivative nobody knows; from it on there are maps', async () => {
    const after = await run.intervene([{ path: 'block.conv', change: ({ values }) => ({ values }) }])
    const plain = await mapOf(run, 'gradcam', 'block', TARGET)
    expect((await mapOf(after, 'gradcam', 'block', TARGET)).map).toEqual(plain.map)
    expect((await mapOf(after, 'gradcam', 'block.conv', TARGET)).map.values).toHaveLength(64)
    // The way around the convolution does not make the gradient at `mixed` whole.
    for (const path of ['mixed', 'conv1'])
      await expect(mapOf(after, 'gradcam', path, TARGET)).rejects.toMatchObject({
        code: 'no-gradient',
        message: expect.stringMatching(
          /^No gradient passes the change of block\.conv, whose derivative is not known\./,
        ),
      })
    await expect(gradientOf(after, 'saliency', TARGET)).rejects.toMatchObject({ code: 'no-gradient' })
    after.dispose()
  })

  it('runs and changed runs are disposed of in any order', async () => {
    const own = await network.forward(PICTURE)
    const expected = await toldBy(
      written(
        analyzed,
        'block.conv',
        times(k => (k === 0 ? 0 : 1)),
      ),
    )
    const [first, second] = [
      await own.intervene([at('block.conv', { kind: 'off', channels: [0] })]),
      await own.intervene([at('block.conv', { kind: 'off', channels: [0] })]),
    ]
    second.dispose()
    const still = await told(own, analyzed)
    own.dispose()
    expectSame(await told(first, analyzed), expected)
    expectSame(still, await told(run, analyzed))
    first.dispose()
    await expect(own.intervene([])).rejects.toMatchObject({ code: 'cancelled' })
  })

  it('lets go of all that it held, once each run that shares it is disposed of', async () => {
    const made = new Set<unknown>()
    const freed = vi.spyOn(Tensor.prototype, 'dispose')
    const compile: Runtime['compile'] = async (model, weights) => {
      const compiled = await runtime.compile(model, weights)
      const run: typeof compiled.run = async (feeds, fetches) => {
        const results = await compiled.run(feeds, fetches)
        for (const held of results.values()) made.add('tensor' in held && held.tensor)
        return results
      }
      return { ...compiled, run }
    }
    const own = await Network.create(analyzed, { ...runtime, compile })
    const seen = await own.forward(PICTURE)
    const off = [at('block.conv', { kind: 'off', channels: [0] }), at('relu', { kind: 'scale', factor: 2 })]
    for (let i = 0; i < 10; i++) {
      const after = await seen.intervene(off)
      await told(after, analyzed)
      after.dispose()
      await expect(seen.intervene([...off, at('fc', { kind: 'mean' }), broken])).rejects.toThrow('broken')
    }
    const held = new Set(freed.mock.contexts)
    expect([...made].filter(tensor => held.has(tensor as Tensor)).length).toBeGreaterThan(400)
    seen.dispose()
    await own.dispose()
    const gone = new Set(freed.mock.contexts)
    expect([...made].filter(tensor => !gone.has(tensor as Tensor))).toEqual([])
    freed.mockRestore()
  })

  it.each<[string, Intervention[], string, RegExp]>([
    ['an unknown layer', [at('layer9', { kind: 'mean' })], 'unknown-layer', /no layer "layer9"/],
    [
      'too few values',
      [{ path: 'conv1', change: () => ({ values: new Float32Array(3) }) }],
      'hook-failed',
      /^The change of conv1 gave 3 values for 2048\./,
    ],
  ])('refuses %s and stays as it is', async (_, interventions, code, message) => {
    await expect(run.intervene(interventions)).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
    expect((await mapOf(run, 'gradcam', 'block', TARGET)).layer).toBe('block')
  })

  it('what a change throws comes through, and a changed run takes no second change', async () => {
    const fault = new RangeError('no')
    const change = () => {
      throw fault
    }
    await expect(run.intervene([{ path: 'conv1', change }])).rejects.toBe(fault)
    const after = await run.intervene([at('conv1', { kind: 'off', channels: [0] })])
    await expect(after.intervene([])).rejects.toMatchObject({ code: 'bad-argument' })
    after.dispose()
  })

  it('stops between changes when nobody waits any more', async () => {
    const signal = { aborted: false }
    const change = () => {
      signal.aborted = true
      return { values: new Float32Array(8 * 16 * 16) }
    }
    const late = run.intervene([{ path: 'conv1', change }, at('block', { kind: 'mean' })], signal)
    await expect(late).rejects.toMatchObject({ code: 'cancelled' })
  })
})

describe('ResNet18 with channels switched off', () => {
  const whole = readNetwork(modelBytes('resnet18'))
  const fetched: string[] = []
  const sessions = { made: 0, released: 0 }
  /** The real engine, with a record of its sessions and of what was fetched from them. */
  const recorded: Runtime = {
    ...runtime,
    compile: async (model, weights) => {
      const compiled = await runtime.compile(model, weights)
      const session = sessions.made++
      return {
        run: (feeds, fetches) => {
          fetched.push(...fetches.map(name => `${session} ${name}`))
          return compiled.run(feeds, fetches)
        },
        release: () => {
          sessions.released++
          return compiled.release()
        },
      }
    },
  }
  let network: Network
  let input: Float32Array
  let run: Run

  beforeAll(async () => {
    const preprocessing = PREPROCESSING.resnet18
    if (!preprocessing) throw new Error('no preprocessing')
    input = (await toInput(fromPixels(await goldenPixels('chelsea.png')), preprocessing, 'crop')).input
    network = await Network.create(whole, recorded)
    run = await network.forward(input)
  }, 60_000)
  afterAll(async () => {
    run.dispose()
    await network.dispose()
    expect(sessions.released).toBe(sessions.made)
  })

  it.each([
    ['layer1.0.conv1', [0, 5, 33]],
    ['layer3', [7, 100]],
  ])('in %s: logits and maps are those of a network with a mask there', async (path, channels) => {
    const after = await run.intervene([at(path, { kind: 'off', channels })])
    const truth = await Network.create(
      written(
        whole,
        path,
        times(k => (channels.includes(k) ? 0 : 1)),
      ),
      runtime,
    )
    const expected = await truth.forward(input)
    const worst = (a: ArrayLike<number>, b: ArrayLike<number>) => {
      const scale = Array.from(b).reduce((most, x) => Math.max(most, Math.abs(x)), 0)
      return Array.from(b).reduce((worst, x, i) => Math.max(worst, Math.abs(x - (a[i] ?? Number.NaN)) / scale), 0)
    }
    expect(worst(after.logits, expected.logits)).toBeLessThanOrEqual(1e-5)
    expect(worst(after.logits, run.logits)).toBeGreaterThan(1e-3)
    for (const layer of ['conv1', 'layer1', 'layer2.0.conv2', 'layer3', 'layer4']) {
      const [map, truthMap] = [await mapOf(after, 'gradcam', layer, 97), await mapOf(expected, 'gradcam', layer, 97)]
      expect(worst(map.map.values, truthMap.map.values), layer).toBeLessThanOrEqual(1e-4)
    }
    const gradients = [await gradientOf(after, 'guided', 97), await gradientOf(expected, 'guided', 97)] as const
    expect(worst(...gradients)).toBeLessThanOrEqual(1e-4)
    after.dispose()
    expected.dispose()
    await truth.dispose()
  })

  it('of layer4.1 take w_k · mean(A_k) off each logit, for the rest is linear', async () => {
    const channels = [12, 40, 300]
    const after = await run.intervene([at('layer4.1', { kind: 'off', channels })])
    const features = await run.features('layer4.1')
    const places = features.height * features.width
    let moved = 0
    for (const target of [0, 25, 60]) {
      const { weights } = await mapOf(run, 'cam', 'layer4', target)
      const lost = channels.reduce((sum, k) => {
        const mean = features.values.subarray(k * places, (k + 1) * places).reduce((a, b) => a + b, 0) / places
        return sum + (weights[k] ?? Number.NaN) * mean
      }, 0)
      expect((run.logits[target] ?? 0) - (after.logits[target] ?? 0)).toBeCloseTo(lost, 4)
      moved = Math.max(moved, Math.abs(lost))
      const [cam, before] = [await mapOf(after, 'cam', 'layer4', target), await mapOf(run, 'cam', 'layer4', target)]
      expect(cam.map.values).not.toEqual(before.map.values)
    }
    expect(moved).toBeGreaterThan(0.01)
    after.dispose()
  })

  it('runs what follows alone, in one session for each hook point, of which one is kept', async () => {
    const off = async (path: string, channel: number) => {
      const before = fetched.length
      const { made, released } = { ...sessions }
      const after = await run.intervene([at(path, { kind: 'off', channels: [channel] })])
      after.dispose()
      const kept = { made: sessions.made - made, released: sessions.released - released }
      return { ...kept, fetched: fetched.slice(before).map(name => name.replace(/^\d+ fetch→\d+→/, '')) }
    }
    const first = await off('layer4.0', 1)
    expect(first).toMatchObject({ made: 1, released: 1 })
    expect(first.fetched).toContain('logits')
    expect(first.fetched.filter(name => !name.startsWith('/layer4/layer4.1') && name !== 'logits')).toEqual([])
    expect(await off('layer4.0', 2)).toEqual({ made: 0, released: 0, fetched: first.fetched })
    expect(await off('layer3', 1)).toMatchObject({ made: 1, released: 1 })
    expect(await off('layer4.0', 1)).toMatchObject({ made: 1, released: 1 })
    // The logits, changed themselves: nothing follows.
    expect(await off('fc', 1)).toEqual({ made: 0, released: 0, fetched: [] })
  })
})
