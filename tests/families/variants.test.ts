import { describe, expect, it } from 'vitest'
import { type Reading, readNetwork } from '../../src/analysis/analyze'
import { Network } from '../../src/engine/network'
import { int, ints } from '../../src/graph/attributes'
import { fromHalf, toHalf } from '../../src/graph/elements'
import { floatTensor, intTensor } from '../../src/graph/tensors'
import type { Graph, Node, Tensor } from '../../src/graph/types'
import { readOnnx } from '../../src/onnx/read'
import { writeOnnx } from '../../src/onnx/write'
import { runtime } from '../support/engine'
import { gradientOf, mapOf } from '../support/explain'
import { FAMILIES, largest, modelOf, offBy, pictureOf } from './fixtures'

/** One network in all the dresses that files come in. What it says must stay what PyTorch says of it. */
const KEY = 'resnet18'
const family = FAMILIES.find(({ key }) => key === KEY)?.family
if (!family) throw new Error(`no ${KEY}`)
const { size, target } = family
const picture = pictureOf(KEY, size)
const original = (variant = 'opset13') => readOnnx(modelOf(KEY, variant))

const node = (op: string, inputs: string[], outputs: string[], attributes: Node['attributes'] = new Map()): Node => ({
  name: `/${op}_${outputs[0]}`,
  op,
  domain: '',
  inputs,
  outputs,
  attributes,
  metadata: new Map(),
})

async function results(graph: Graph, input = picture, reading: Reading = {}, of = target) {
  const analyzed = readNetwork(writeOnnx(graph), { size: [size, size], ...reading })
  const network = await Network.create(analyzed, runtime)
  const run = await network.forward(input)
  const gradient = await gradientOf(run, 'saliency', of)
  const { map, weights } = await mapOf(run, 'gradcam', analyzed.layout.layer, of)
  run.dispose()
  await network.dispose()
  return { layout: analyzed.layout, logits: run.logits, gradient, map, weights }
}

type Results = Awaited<ReturnType<typeof results>>

function expectPyTorch({ logits, gradient, weights, layout }: Results, tolerance = 1e-3): void {
  const last = family?.maps.find(({ layer }) => layer === 'layer4')
  expect(layout.layer).toBe('layer4')
  for (const [c, logit] of (family?.logits ?? []).entries())
    expect(Math.abs((logits[c] ?? Number.NaN) - logit)).toBeLessThanOrEqual(tolerance * largest(family?.logits ?? []))
  if (family) expect(offBy(gradient, family.inputGradient)).toBeLessThanOrEqual(tolerance)
  const off = last?.weights.map((weight, k) => Math.abs(weight - (weights[k] ?? Number.NaN))) ?? [Number.NaN]
  expect(Math.max(...off) / largest(last?.weights ?? [])).toBeLessThanOrEqual(tolerance)
}

function expectSame(found: Results, expected: Results, tolerance = 1e-5): void {
  for (const part of ['logits', 'gradient', 'weights'] as const) {
    const scale = largest([...expected[part]])
    const off = [...expected[part]].map((value, i) => Math.abs(value - (found[part][i] ?? Number.NaN)))
    expect(found[part].length, part).toBe(expected[part].length)
    expect(Math.max(...off) / scale, part).toBeLessThanOrEqual(tolerance)
  }
}

/** Every large float weight changed, each by its name. */
function weightsAs(graph: Graph, change: (tensor: Tensor, name: string) => Tensor): Graph {
  const isWeight = ({ type, dims }: Tensor) => type === 'float32' && dims.length > 1
  const constants = [...graph.constants].map(
    ([name, tensor]) => [name, isWeight(tensor) ? change(tensor, name) : tensor] as const,
  )
  return { ...graph, constants: new Map(constants) }
}

const floats = ({ bytes }: Tensor): Float32Array => new Float32Array(bytes.slice().buffer)

const half = (tensor: Tensor): Tensor => ({
  type: 'float16',
  dims: tensor.dims,
  bytes: new Uint8Array(Uint16Array.from(floats(tensor), toHalf).buffer),
})

const roundedToHalf = (tensor: Tensor): Tensor =>
  floatTensor(
    tensor.dims,
    floats(tensor).map(value => fromHalf(toHalf(value))),
  )

describe('the end of a network', () => {
  it.each([
    ['Softmax', 'opset13', -1],
    ['Softmax', 'opset11-bn', 1],
    ['LogSoftmax', 'opset13', 1],
  ])('%s, in a file of %s, is left out: the logits before it are explained', async (op, variant, axis) => {
    const graph = original(variant)
    const nodes = [...graph.nodes, node(op, ['logits'], ['probabilities'], new Map([['axis', int(axis)]]))]
    const found = await results({ ...graph, nodes, outputs: ['probabilities'] })
    expectPyTorch(found)
    expect(found.layout).toMatchObject({
      output: 'probabilities',
      answer: { activation: 'softmax', knownFrom: 'file' },
      classes: 11,
    })
  })

  it('Sigmoid is left out too: each class by itself', async () => {
    const graph = original()
    const found = await results({
      ...graph,
      nodes: [...graph.nodes, node('Sigmoid', ['logits'], ['p'])],
      outputs: ['p'],
    })
    expectPyTorch(found)
    expect(found.layout.answer.activation).toBe('sigmoid')
  })

  it.each([[[]], [['Sigmoid']], [['Squeeze', 'Sigmoid']], [['Sigmoid', 'Flatten']]])(
    'one logit, then %j: class 0 is what it stands for, class 1 its absence',
    async ops => {
      const whole = original()
      const expected = await results(whole, picture, {}, 3)
      const graph = weightsAs(whole, (tensor, name) =>
        name === 'fc.weight' ? floatTensor([1, 128], floats(tensor).subarray(3 * 128, 4 * 128)) : tensor,
      )
      const bias = whole.constants.get('fc.bias')
      if (!bias) throw new Error('no bias')
      const constants = new Map(graph.constants).set('fc.bias', floatTensor([1], floats(bias).subarray(3, 4)))
      const axis = new Map([['axis', int(1)]])
      const chain = ops.map((op, i) =>
        node(
          op,
          [i === 0 ? 'logits' : `end${i - 1}`, ...(op === 'Squeeze' ? ['axes'] : [])],
          [`end${i}`],
          op === 'Flatten' ? axis : new Map(),
        ),
      )
      const found = await results(
        {
          ...graph,
          constants: constants.set('axes', intTensor([1])),
          nodes: [...graph.nodes, ...chain],
          outputs: [chain.at(-1)?.outputs[0] ?? 'logits'],
        },
        picture,
        {},
        0,
      )
      const activation = ops.includes('Sigmoid') ? 'sigmoid' : 'none'
      expect(found.layout).toMatchObject({ classes: 2, answer: { activation, isSingle: true }, layer: 'layer4' })
      const logit = expected.logits[3] ?? Number.NaN
      expectSame(found, { ...expected, logits: Float32Array.of(logit, -logit) })
    },
  )

  it('several outputs: the first row of classes, or the one that is asked for', async () => {
    const graph = original()
    const features = '/layer4/layer4.1/relu_1/Relu_output_0'
    const other = node('Neg', ['logits'], ['negative'])
    const several = { ...graph, nodes: [...graph.nodes, other], outputs: [features, 'logits', 'negative'] }
    const first = await results(several)
    expectPyTorch(first)
    expect(first.layout.output).toBe('logits')
    const second = await results(several, picture, { output: 'negative' })
    expect(second.layout.output).toBe('negative')
    expectPyTorch({
      ...second,
      logits: second.logits.map(v => -v),
      gradient: second.gradient.map(v => -v),
      weights: second.weights.map(v => -v),
    })
    const bytes = writeOnnx(several)
    expect(() => readNetwork(bytes, { output: 'lost' })).toThrow(
      expect.objectContaining({ code: 'bad-argument', message: expect.stringContaining('no output "lost"') }),
    )
    expect(() => readNetwork(bytes, { output: features })).toThrow(/no image classifier/)
  })
})

describe('the pooling', () => {
  const before = '/layer4/layer4.1/relu_1/Relu_output_0'
  const rows: [string, Node[]][] = [
    [
      'with channels last',
      [
        node('Transpose', [before], ['turned'], new Map([['perm', ints([0, 2, 3, 1])]])),
        node(
          'ReduceMean',
          ['turned'],
          ['pooled'],
          new Map([
            ['axes', ints([1, 2])],
            ['keepdims', int(0)],
          ]),
        ),
      ],
    ],
    [
      'over tokens',
      [
        node('Reshape', [before, 'tokens'], ['flat']),
        node('Transpose', ['flat'], ['turned'], new Map([['perm', ints([0, 2, 1])]])),
        node(
          'ReduceMean',
          ['turned'],
          ['pooled'],
          new Map([
            ['axes', ints([1])],
            ['keepdims', int(0)],
          ]),
        ),
      ],
    ],
  ]
  it.each(rows)('%s', async (_, pooling) => {
    const graph = original()
    const rest = graph.nodes.filter(({ op }) => op !== 'GlobalAveragePool' && op !== 'Flatten' && op !== 'Gemm')
    const gemm = graph.nodes.find(({ op }) => op === 'Gemm')
    if (!gemm) throw new Error('no Gemm')
    const nodes = [...rest, ...pooling, { ...gemm, inputs: ['pooled', ...gemm.inputs.slice(1)] }]
    const constants = new Map(graph.constants).set('tokens', intTensor([0, 0, -1]))
    const found = await results({ ...graph, nodes, constants })
    expectPyTorch(found)
    expect(found.layout.cam.ok).toBe(true)
    const network = await Network.create(readNetwork(writeOnnx({ ...graph, nodes, constants })), runtime)
    const run = await network.forward(picture)
    const layer = found.layout.cam.ok ? found.layout.cam.layer : ''
    const [cam, gradcam] = [await mapOf(run, 'cam', layer, target), await mapOf(run, 'gradcam', layer, target)]
    const places = cam.map.values.length
    cam.map.values.forEach((value, i) => {
      expect(Math.max(value, 0)).toBeCloseTo((gradcam.map.values[i] ?? Number.NaN) * places, 3)
    })
    run.dispose()
    await network.dispose()
  })
})

describe('the picture', () => {
  it('channels last, by a leading Transpose', async () => {
    const graph = original()
    const places = size * size
    const last = picture.map((_, i) => picture[(i % 3) * places + Math.floor(i / 3)] ?? Number.NaN)
    const turn = node('Transpose', ['picture'], ['image'], new Map([['perm', ints([0, 3, 1, 2])]]))
    const found = await results(
      {
        ...graph,
        inputs: [{ name: 'picture', type: 'float32', dims: ['n', size, 'w', 3] }],
        nodes: [turn, ...graph.nodes],
      },
      last,
    )
    expect(found.layout.input).toMatchObject({ name: 'picture', shape: [1, size, size, 3], layout: 'nhwc' })
    expectPyTorch(found)
  })

  it('of open size takes the size that it is told, 224 else', () => {
    const bytes = modelOf(KEY, 'opset17')
    expect(readNetwork(bytes).layout.input.shape).toEqual([1, 3, 224, 224])
    expect(readNetwork(bytes, { size: [96, 160] }).layout.input.shape).toEqual([1, 3, 96, 160])
    expect(readNetwork(modelOf(KEY, 'opset13'), { size: [96, 160] }).layout.input.shape).toEqual([1, 3, size, size])
  })
})

describe('weights', () => {
  it('as Constant nodes', async () => {
    const graph = original()
    const made = [...graph.constants].map(([name, value]) =>
      node('Constant', [], [name], new Map([['value', { kind: 'tensor', value } as const]])),
    )
    expectPyTorch(await results({ ...graph, constants: new Map(), nodes: [...made, ...graph.nodes] }))
  })

  it('as float16 and a Cast, and a network that computes in float16, as rounded weights', async () => {
    const graph = original()
    const expected = await results(weightsAs(graph, roundedToHalf))
    const names = new Map<string, string>()
    const halves = weightsAs(graph, (tensor, name) => {
      names.set(name, `${name}.half`)
      return half(tensor)
    })
    const constants = new Map([...halves.constants].map(([name, tensor]) => [names.get(name) ?? name, tensor]))
    const casts = [...names].map(([name, from]) => node('Cast', [from], [name], new Map([['to', int(1)]])))
    expectSame(await results({ ...graph, constants, nodes: [...casts, ...graph.nodes] }), expected)
    const vectors = [...halves.constants].map(([name, t]) => [name, t.type === 'float32' ? half(t) : t] as const)
    const inputs = graph.inputs.map(port => ({ ...port, type: 'float16' as const }))
    expectSame(await results({ ...graph, inputs, constants: new Map(vectors) }), expected, 1e-2)
  })

  it('as int8 with a scale for each filter, and for the whole', async () => {
    const graph = original()
    const extra = new Map<string, Tensor>()
    const quantized: Node[] = []
    const rounded = weightsAs(graph, (tensor, name) => {
      const values = floats(tensor)
      const rows = name === 'fc.weight' ? 1 : (tensor.dims[0] ?? 1)
      const each = values.length / rows
      const scales = Float32Array.from(
        { length: rows },
        (_, r) => largest([...values.subarray(r * each, (r + 1) * each)]) / 127,
      )
      const integers = Int8Array.from(values, (value, i) => Math.round(value / (scales[Math.floor(i / each)] ?? 1)))
      extra.set(`${name}.q`, { type: 'int8', dims: tensor.dims, bytes: new Uint8Array(integers.buffer) })
      extra.set(`${name}.scale`, floatTensor(rows === 1 ? [] : [rows], scales))
      extra.set(`${name}.zero`, { type: 'int8', dims: rows === 1 ? [] : [rows], bytes: new Uint8Array(rows) })
      const inputs = [`${name}.q`, `${name}.scale`, `${name}.zero`]
      quantized.push(node('DequantizeLinear', inputs, [name], new Map([['axis', int(0)]])))
      return floatTensor(
        tensor.dims,
        values.map((_, i) => (integers[i] ?? 0) * (scales[Math.floor(i / each)] ?? 1)),
      )
    })
    const made = new Set(quantized.flatMap(({ outputs }) => outputs))
    const rest = [...graph.constants].filter(([name]) => !made.has(name))
    const found = await results({
      ...graph,
      constants: new Map([...rest, ...extra]),
      nodes: [...quantized, ...graph.nodes],
    })
    expectSame(found, await results(rounded))
    expect(found.layout.cam).toEqual({ ok: true, layer: 'layer4' })
  })
})

describe('names', () => {
  /** As PyTorch named before 1.13: `Conv_12`, and numbers for values; parameters keep theirs. */
  function numbered(graph: Graph): Graph {
    const names = new Map(graph.nodes.flatMap(({ outputs }) => outputs).map((value, i) => [value, `${300 + i}`]))
    const renamed = (value: string) => names.get(value) ?? value
    return {
      ...graph,
      outputs: graph.outputs.map(renamed),
      nodes: graph.nodes.map((it, i) => ({
        ...it,
        name: `${it.op}_${i}`,
        inputs: it.inputs.map(renamed),
        outputs: it.outputs.map(renamed),
      })),
    }
  }

  it('that are numbers: paths come from parameters, and the same values come out', async () => {
    const graph = numbered(original('opset11-bn'))
    const { layout } = readNetwork(writeOnnx(graph))
    const paths = layout.hookPoints.map(({ path }) => path)
    expect(paths).toEqual(expect.arrayContaining(['conv1', 'bn1', 'layer2.0.downsample.0', 'layer4.1.bn2', 'fc']))
    const network = await Network.create(readNetwork(writeOnnx(graph)), runtime)
    const run = await network.forward(picture)
    const expected = family.maps.find(({ layer }) => layer === 'layer4')
    const { weights } = await mapOf(run, 'gradcam', layout.layer, target)
    const off = expected?.weights.map((weight, k) => Math.abs(weight - (weights[k] ?? Number.NaN))) ?? [Number.NaN]
    expect(Math.max(...off) / largest(expected?.weights ?? [])).toBeLessThanOrEqual(1e-3)
    expect(layout.layer).toMatch(/^layer4\.1\.|^Relu_\d+$/)
    run.dispose()
    await network.dispose()
  })
})
