import { describe, expect, it } from 'vitest'
import { readNetwork } from '../../src/analysis/analyze'
import { type CamHead, CLASS_INDEX, CLASS_WEIGHTS, classWeights, findHead } from '../../src/analysis/cam-head'
import { weightedSum } from '../../src/cam/combine'
import { float } from '../../src/graph/attributes'
import { inferShapes } from '../../src/graph/shapes'
import { type Wiring, wire } from '../../src/graph/wiring'
import { writeOnnx } from '../../src/onnx/write'
import { GraphBuilder } from '../support/build'
import { runtime } from '../support/engine'
import { runGraph } from '../support/execute'
import { modelBytes } from '../support/golden'
import { ndArray } from '../support/reference/array'

const CHANNELS = 3
const CLASSES = 4

/** The end of a network after its feature maps "f", [1, 3, 5, 4]. @returns the logits */
type End = (g: GraphBuilder, f: string) => string

function ending(end: End, opset = 17) {
  const g = new GraphBuilder(opset, end.toString())
  const f = g.node('Relu', [g.input('x', [1, CHANNELS, 5, 4])], {}, { outputs: ['f'] })
  const logits = end(g, f)
  const graph = g.output(logits).build()
  const wiring = wire(graph)
  const shapes = inferShapes(wiring, new Map([['x', [1, CHANNELS, 5, 4]]]))
  return { graph, feeds: g.feeds, wiring, logits, search: findHead(wiring, shapes, logits) }
}

const pooled = (g: GraphBuilder, f: string) => g.node('GlobalAveragePool', [f])
const flat = (g: GraphBuilder, x: string) => g.node('Flatten', [x])
const linear = (g: GraphBuilder, x: string) =>
  g.node('Gemm', [x, g.weight([CLASSES, CHANNELS]), g.weight([CLASSES])], { transB: 1 })
const pointwise = (g: GraphBuilder, x: string) =>
  g.node('Conv', [x, g.weight([CLASSES, CHANNELS, 1, 1]), g.weight([CLASSES])])
const mean = (g: GraphBuilder, f: string, axes: readonly number[], keepdims = 0) =>
  g.opset < 18 ? g.node('ReduceMean', [f], { axes, keepdims }) : g.node('ReduceMean', [f, g.ints(axes)], { keepdims })

/** x.view(x.size(0), -1), as older exporters write it. */
function viewed(g: GraphBuilder, x: string): string {
  const size = g.node('Gather', [g.node('Shape', [x]), g.ints([0], [])])
  const row = g.node('Unsqueeze', [size, g.ints([0])])
  return g.node('Reshape', [x, g.node('Concat', [row, g.ints([-1])], { axis: 0 })])
}

const HEADS: readonly { name: string; opset?: number; end: End }[] = [
  { name: 'pooling → Flatten → Gemm', end: (g, f) => linear(g, flat(g, pooled(g, f))) },
  {
    name: 'Gemm that is not transposed, with an alpha',
    end: (g, f) => g.node('Gemm', [flat(g, pooled(g, f)), g.weight([CHANNELS, CLASSES])], { alpha: float(0.5) }),
  },
  {
    name: 'MatMul and Add',
    end: (g, f) =>
      g.node('Add', [g.node('MatMul', [flat(g, pooled(g, f)), g.weight([CHANNELS, CLASSES])]), g.weight([CLASSES])]),
  },
  {
    name: 'the bias first, MatMul after it',
    end: (g, f) =>
      g.node('Add', [g.weight([CLASSES]), g.node('MatMul', [flat(g, pooled(g, f)), g.weight([CHANNELS, CLASSES])])]),
  },
  { name: 'MatMul alone', end: (g, f) => g.node('MatMul', [flat(g, pooled(g, f)), g.weight([CHANNELS, CLASSES])]) },
  { name: 'pooling → 1×1 Conv → Flatten (Inception)', end: (g, f) => flat(g, pointwise(g, pooled(g, f))) },
  { name: '1×1 Conv → pooling → Flatten', end: (g, f) => flat(g, pooled(g, pointwise(g, f))) },
  { name: 'ReduceMean over [2, 3]', end: (g, f) => linear(g, mean(g, f, [2, 3])) },
  { name: 'ReduceMean over [-1, -2], kept', end: (g, f) => linear(g, flat(g, mean(g, f, [-1, -2], 1))) },
  { name: 'ReduceMean by input, opset 18', opset: 18, end: (g, f) => linear(g, mean(g, f, [3, 2])) },
  { name: 'Reshape with a constant', end: (g, f) => linear(g, g.node('Reshape', [pooled(g, f), g.ints([1, -1])])) },
  { name: 'Reshape by Shape arithmetic', end: (g, f) => linear(g, viewed(g, pooled(g, f))) },
  { name: 'Squeeze', end: (g, f) => linear(g, g.node('Squeeze', [pooled(g, f), g.ints([2, 3])])) },
  {
    name: 'Dropout and Identity between',
    end: (g, f) => linear(g, g.node('Identity', [g.node('Dropout', [flat(g, pooled(g, f))])])),
  },
  {
    name: 'AveragePool over the whole map',
    end: (g, f) => linear(g, flat(g, g.node('AveragePool', [f], { kernel_shape: [5, 4] }))),
  },
  {
    name: 'weights that are computed from constants',
    end: (g, f) => {
      const grown = g.node('Mul', [g.weight([CLASSES, CHANNELS]), g.weight([CLASSES, 1])])
      return g.node('Gemm', [flat(g, pooled(g, f)), grown], { transB: 1 })
    },
  },
]

function found(end: End, opset?: number) {
  const it = ending(end, opset)
  if (!('head' in it.search)) throw new Error(it.search.reason)
  return { ...it, head: it.search.head }
}

/** One class's weights as the engine gathers them. */
async function row(wiring: Wiring, head: CamHead, target: number): Promise<Float32Array> {
  const program = classWeights(head)
  const growth = wiring.nodes.filter(node => node.outputs.every(output => wiring.parameters.has(output)))
  const bytes = writeOnnx({
    ...wiring.graph,
    inputs: [{ name: CLASS_INDEX, type: 'int64', dims: [1] }],
    nodes: [...growth, ...program.nodes],
    outputs: program.outputs,
  })
  const compiled = await runtime.compile(bytes)
  const results = await compiled.run(new Map([[CLASS_INDEX, runtime.integer(target)]]), [CLASS_WEIGHTS])
  const weights = await results.get(CLASS_WEIGHTS)?.read()
  await compiled.release()
  if (!weights) throw new Error('no class weights')
  return weights.map(weight => weight * head.scale)
}

describe('a head is found in each of its forms', () => {
  it.each(HEADS)('$name: the mean of the map is the logit less the bias', async ({ end, opset }) => {
    const { graph, feeds, wiring, logits, head } = found(end, opset)
    expect(head.features).toBe('f')
    const run = (inputs: typeof feeds) => runGraph(graph, inputs, ['f', logits], value => value.read())
    const values = await run(feeds)
    const bias = (await run(new Map([...feeds].map(([name, { dims }]) => [name, ndArray(dims)])))).get(logits)
    const features = values.get('f') ?? new Float32Array(0)
    for (const target of [0, CLASSES - 1]) {
      const map = weightedSum(
        { channels: CHANNELS, height: 5, width: 4, values: features },
        await row(wiring, head, target),
      )
      const average = map.values.reduce((sum, value) => sum + value, 0) / map.values.length
      const logit = (values.get(logits)?.[target] ?? 0) - (bias?.[target] ?? 0)
      expect(average).toBeCloseTo(logit, 5)
    }
  })

  it('SqueezeNet’s, with a ReLU between the 1×1 Conv and the pooling', () => {
    const { head, graph } = found((g, f) => flat(g, pooled(g, g.node('Relu', [pointwise(g, g.node('Dropout', [f]))]))))
    const dropped = graph.nodes.find(node => node.op === 'Dropout')?.outputs[0]
    expect(head).toEqual({ features: dropped, weight: 'w0', classAxis: 0, scale: 1 })
  })
})

const LAST = 'CAM needs global average pooling right before the last linear layer; here'

const NONE: readonly { name: string; end: End; reason: string }[] = [
  {
    name: 'VGG and AlexNet: linear layers over all places',
    end: (g, f) =>
      g.node('Gemm', [g.node('Relu', [g.node('Gemm', [flat(g, f), g.weight([60, 6])])]), g.weight([6, CLASSES])]),
    reason: `${LAST} Relu comes before it. Grad-CAM works.`,
  },
  {
    name: 'one linear layer over all places',
    end: (g, f) => g.node('Gemm', [flat(g, f), g.weight([60, CLASSES])]),
    reason: `${LAST} Relu comes before it. Grad-CAM works.`,
  },
  {
    name: 'a hidden layer after pooling',
    end: (g, f) => linear(g, g.node('Relu', [g.node('Gemm', [flat(g, pooled(g, f)), g.weight([CHANNELS, CHANNELS])])])),
    reason: `${LAST} Relu comes before it. Grad-CAM works.`,
  },
  {
    name: 'the largest value, not the mean',
    end: (g, f) => linear(g, flat(g, g.node('GlobalMaxPool', [f]))),
    reason: `${LAST} GlobalMaxPool comes before it. Grad-CAM works.`,
  },
  {
    name: 'a mean that leaves places out',
    end: (g, f) => linear(g, flat(g, g.node('AveragePool', [f], { kernel_shape: [4, 4], strides: [2, 1] }))),
    reason: `${LAST} AveragePool comes before it. Grad-CAM works.`,
  },
  {
    name: 'a mean over channels',
    end: (g, f) => g.node('Gemm', [flat(g, mean(g, f, [1, 2], 1)), g.weight([4, CLASSES])]),
    reason: `${LAST} ReduceMean comes before it. Grad-CAM works.`,
  },
  {
    name: 'a 3×3 convolution before the pooling',
    end: (g, f) => flat(g, pooled(g, g.node('Conv', [f, g.weight([CLASSES, CHANNELS, 3, 3])]))),
    reason: 'CAM needs a 1×1 convolution before the last pooling, and this network has none there.',
  },
  {
    name: 'a grouped convolution before the pooling',
    end: (g, f) => flat(g, pooled(g, g.node('Conv', [f, g.weight([CHANNELS, 1, 1, 1])], { group: CHANNELS }))),
    reason: 'CAM needs a 1×1 convolution before the last pooling, and this network has none there.',
  },
  {
    name: 'an activation at the end',
    end: (g, f) => g.node('Sigmoid', [linear(g, flat(g, pooled(g, f)))]),
    reason: 'CAM needs a linear layer at the end, and this network ends in Sigmoid.',
  },
  {
    name: 'a product of two activations',
    end: (g, f) => g.node('MatMul', [flat(g, pooled(g, f)), g.node('Transpose', [flat(g, pooled(g, f))])]),
    reason: 'CAM needs a linear layer at the end, and this network ends in MatMul.',
  },
  {
    name: 'nothing but a reshaping',
    end: (g, f) => flat(g, g.node('Identity', [f === 'f' ? 'x' : f])),
    reason: 'CAM needs a linear layer at the end, and this network has none.',
  },
]

describe('where there is none, a sentence says why', () => {
  it.each(NONE)('$name', ({ end, reason }) => {
    expect(ending(end).search).toEqual({ reason })
  })
})

describe('the shipped networks', () => {
  it('resnet18 and inception-v3 have one, at the hook point of its features', () => {
    expect(readNetwork(modelBytes('resnet18')).layout.cam).toEqual({ ok: true, layer: 'layer4' })
    expect(readNetwork(modelBytes('inception-v3')).layout.cam).toEqual({ ok: true, layer: 'Mixed_7c' })
  })

  it('alexnet has none and says so', () => {
    const { cam } = readNetwork(modelBytes('alexnet')).layout
    expect(cam).toEqual({ ok: false, reason: `${LAST} Relu comes before it. Grad-CAM works.` })
  })
})
