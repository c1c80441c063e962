import { describe, expect, it } from 'vitest'
import { analyze, readNetwork } from '../../src/analysis/analyze'
import { findHead } from '../../src/analysis/cam-head'
import { readGrids } from '../../src/analysis/grid'
import { Network } from '../../src/engine/network'
import { float } from '../../src/graph/attributes'
import { indexGraph } from '../../src/graph/graph-index'
import { inferShapes } from '../../src/graph/shapes'
import { GraphBuilder } from '../support/build'
import { runtime } from '../support/engine'
import { mapOf } from '../support/explain'
import { modelBytes } from '../support/golden'

const CHANNELS = 3
const CLASSES = 4

/** The end of a network after its feature maps "f", [1, 3, 5, 4]. @returns the logits */
type End = (g: GraphBuilder, f: string) => string

function ending(end: End, opset = 17) {
  const g = new GraphBuilder(opset, end.toString())
  const f = g.node('Relu', [g.input('x', [1, CHANNELS, 5, 4])], {}, { outputs: ['f'] })
  const logits = end(g, f)
  const graph = g.output(logits).build()
  const graphIndex = indexGraph(graph)
  const shapes = inferShapes(graphIndex, new Map([['x', [1, CHANNELS, 5, 4]]]))
  const { grids } = readGrids(graphIndex, shapes, { name: 'x', axes: ['one', 'channel', 'height', 'width'] }, logits)
  return { graph, feeds: g.feeds, search: findHead(graphIndex, shapes, logits, grids) }
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

const range = (count: number) => Array.from({ length: count }, (_, i) => i)
const shaped = (g: GraphBuilder, x: string, dims: readonly number[]) => g.node('Reshape', [x, g.ints(dims)])
const total = (g: GraphBuilder, x: string, axes: readonly number[]) =>
  g.node('ReduceSum', [x, g.ints(axes)], { keepdims: 0 })
const last = (g: GraphBuilder, f: string) => g.node('Transpose', [f], { perm: [0, 2, 3, 1] }, { outputs: ['turned'] })
const normal = (g: GraphBuilder, x: string, channels: number) =>
  g.node(
    'BatchNormalization',
    [
      x,
      g.weight([channels]),
      g.weight([channels]),
      g.weight([channels]),
      g.weight([channels], g.random(channels, 0.5, 2)),
    ],
    {},
    { outputs: ['normal'] },
  )

const HEADS: readonly { name: string; opset?: number; end: End; features?: string }[] = [
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
  { name: 'a Cast in between', end: (g, f) => linear(g, g.node('Cast', [flat(g, pooled(g, f))], { to: 1 })) },
  {
    name: 'a quantized weight',
    end: (g, f) => {
      const bytes = g.constant('q', {
        type: 'int8',
        dims: [CLASSES, CHANNELS],
        bytes: new Uint8Array(range(12).map(i => 37 * i)),
      })
      const weight = g.node('DequantizeLinear', [bytes, g.weight([], [0.02])])
      return g.node('Gemm', [flat(g, pooled(g, f)), weight], { transB: 1 })
    },
  },
  { name: 'a mean in two steps', end: (g, f) => linear(g, mean(g, mean(g, f, [3]), [2])) },
  { name: 'a mean in two steps, kept', end: (g, f) => linear(g, flat(g, mean(g, mean(g, f, [2], 1), [3], 1))) },
  { name: 'a mean over flattened places', end: (g, f) => linear(g, mean(g, shaped(g, f, [1, CHANNELS, 20]), [2])) },
  {
    name: 'a sum over places, times 1/n',
    end: (g, f) => linear(g, g.node('Mul', [total(g, f, [2, 3]), g.weight([], [1 / 20])])),
  },
  {
    name: 'a sum in two steps, over n',
    end: (g, f) => linear(g, g.node('Div', [total(g, total(g, f, [3]), [2]), g.weight([1], [20])])),
  },
  { name: 'channels last', end: (g, f) => linear(g, mean(g, last(g, f), [1, 2])) },
  {
    name: 'channels last, a 1×1 layer, then the mean',
    end: (g, f) => mean(g, g.node('MatMul', [last(g, f), g.weight([CHANNELS, CLASSES])]), [1, 2]),
  },
  {
    name: 'tokens, their layer, then the mean',
    end: (g, f) =>
      mean(
        g,
        g.node('MatMul', [
          g.node('Transpose', [shaped(g, f, [1, CHANNELS, 20])], { perm: [0, 2, 1] }, { outputs: ['tokens'] }),
          g.weight([CHANNELS, CLASSES]),
        ]),
        [1],
      ),
  },
  {
    name: 'logits over a temperature',
    end: (g, f) => g.node('Div', [linear(g, flat(g, pooled(g, f))), g.weight([1], [2.5])]),
  },
  {
    name: 'some of the classes, in another order',
    end: (g, f) => g.node('Gather', [linear(g, flat(g, pooled(g, f))), g.ints([2, 0, 3])], { axis: 1 }),
  },
  {
    name: 'some of the channels',
    end: (g, f) =>
      g.node('Gemm', [
        g.node('Slice', [flat(g, pooled(g, f)), g.ints([1]), g.ints([3]), g.ints([1])]),
        g.weight([2, CLASSES]),
      ]),
  },
  {
    name: 'channels in another order',
    end: (g, f) => linear(g, g.node('Gather', [flat(g, pooled(g, f)), g.ints([2, 0, 1])], { axis: 1 })),
  },
  {
    name: 'a BatchNormalization behind the pooling',
    end: (g, f) => linear(g, flat(g, normal(g, pooled(g, f), CHANNELS))),
  },
  {
    name: 'a BatchNormalization behind the features',
    end: (g, f) => linear(g, flat(g, pooled(g, normal(g, f, CHANNELS)))),
    features: 'normal',
  },
  {
    name: 'a BatchNormalization between 1×1 Conv and pooling',
    end: (g, f) => flat(g, pooled(g, normal(g, pointwise(g, f), CLASSES))),
  },
  {
    name: 'a scale and a shift per channel',
    end: (g, f) =>
      linear(
        g,
        flat(
          g,
          g.node('Add', [g.node('Mul', [pooled(g, f), g.weight([1, CHANNELS, 1, 1])]), g.weight([CHANNELS, 1, 1])]),
        ),
      ),
  },
  {
    name: 'two linear layers',
    end: (g, f) => linear(g, g.node('Gemm', [flat(g, pooled(g, f)), g.weight([CHANNELS, CHANNELS])])),
  },
  {
    name: 'a linear layer from the left',
    end: (g, f) =>
      shaped(g, g.node('MatMul', [g.weight([CLASSES, CHANNELS]), shaped(g, pooled(g, f), [CHANNELS, 1])]), [
        1,
        CLASSES,
      ]),
  },
  {
    name: 'Squeeze in two steps',
    end: (g, f) => linear(g, g.node('Squeeze', [g.node('Squeeze', [pooled(g, f), g.ints([3])]), g.ints([2])])),
  },
  {
    name: 'an average with its padding counted',
    end: (g, f) =>
      linear(
        g,
        flat(g, g.node('AveragePool', [f], { kernel_shape: [7, 6], pads: [1, 1, 1, 1], count_include_pad: 1 })),
      ),
  },
  {
    name: 'tiles that are averaged, and their mean',
    end: (g, f) => linear(g, mean(g, g.node('AveragePool', [f], { kernel_shape: [1, 2], strides: [1, 2] }), [2, 3])),
  },
  {
    name: 'channels regrouped by a Reshape behind the pooling',
    end: (g, f) =>
      g.node('Gemm', [
        shaped(
          g,
          g.node(
            'Transpose',
            [shaped(g, pooled(g, g.node('Concat', [f, f], { axis: 1 }, { outputs: ['twice'] })), [1, 2, CHANNELS])],
            { perm: [0, 2, 1] },
          ),
          [1, 6],
        ),
        g.weight([6, CLASSES]),
      ]),
    features: 'twice',
  },
  {
    name: 'smoothed maps',
    end: (g, f) =>
      linear(g, flat(g, pooled(g, g.node('AveragePool', [f], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] })))),
    features: 'averagepool1',
  },
  {
    name: 'cropped maps',
    end: (g, f) => linear(g, flat(g, pooled(g, g.node('Slice', [f, g.ints([1]), g.ints([4]), g.ints([2])])))),
    features: 'slice1',
  },
  {
    name: 'maps with a weight for each place',
    end: (g, f) => linear(g, total(g, g.node('Mul', [f, g.weight([5, 4])]), [2, 3])),
    features: 'mul1',
  },
  {
    name: 'maps that MaxPool made smaller',
    end: (g, f) =>
      linear(g, flat(g, pooled(g, g.node('MaxPool', [f], { kernel_shape: [2, 2] }, { outputs: ['smaller'] })))),
    features: 'smaller',
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

describe('a head is found in each of its forms', () => {
  it.each(HEADS)('$name: the mean of the map is the logit less the bias', async ({ end, opset, features = 'f' }) => {
    const { graph, feeds, head } = found(end, opset)
    expect(head).toEqual({ features, rectified: false })
    const network = await Network.create(analyze(graph), runtime)
    const look = (values: ArrayLike<number>) => network.forward(Float32Array.from(values))
    const { cam } = network.layout
    const input = feeds.get('x')?.data ?? []
    const [run, dark] = [await look(input), await look(new Float32Array(input.length))]
    const means = async (of: typeof run, target: number) => {
      const { values } = (await mapOf(of, 'cam', cam.ok ? cam.layer : '', target)).map
      return values.reduce((sum, value) => sum + value, 0) / values.length
    }
    for (const target of run.logits.keys()) {
      const more = (run.logits[target] ?? 0) - (dark.logits[target] ?? 0)
      expect(Math.abs(more)).toBeGreaterThan(1e-4)
      expect((await means(run, target)) - (await means(dark, target))).toBeCloseTo(more, 5)
    }
    run.dispose()
    dark.dispose()
    await network.dispose()
  })

  it('SqueezeNet’s, with a ReLU between the 1×1 Conv and the pooling', () => {
    const { head, graph } = found((g, f) => flat(g, pooled(g, g.node('Relu', [pointwise(g, g.node('Dropout', [f]))]))))
    const dropped = graph.nodes.find(node => node.op === 'Dropout')?.outputs[0]
    expect(head).toEqual({ features: dropped, rectified: true })
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
    name: 'a strided 1×1 convolution that skips places',
    end: (g, f) => flat(g, pooled(g, g.node('Conv', [f, g.weight([CLASSES, CHANNELS, 1, 1])], { strides: [2, 2] }))),
    reason: 'CAM needs a 1×1 convolution before the last pooling, and this network has none there.',
  },
  {
    name: 'a bias that depends on the picture',
    end: (g, f) => {
      const bias = g.node('MatMul', [g.node('Exp', [flat(g, pooled(g, f))]), g.weight([CHANNELS, CLASSES])])
      return g.node('Gemm', [flat(g, pooled(g, f)), g.weight([CHANNELS, CLASSES]), bias])
    },
    reason: 'CAM needs a last linear layer whose bias is constant; here it depends on the picture. Grad-CAM works.',
  },
  {
    name: 'a mean that weighs places',
    end: (g, f) => linear(g, flat(g, g.node('MatMul', [shaped(g, f, [1, CHANNELS, 20]), g.weight([20, 1])]))),
    reason: `${LAST} MatMul comes before it. Grad-CAM works.`,
  },
  {
    name: 'feature maps of one place',
    end: (g, f) => linear(g, flat(g, pooled(g, g.node('Relu', [pooled(g, f)])))),
    reason: 'CAM needs feature maps of more than one place; here the last ones are 1 × 1.',
  },
  {
    name: 'places that a Reshape takes for channels',
    end: (g, f) => g.node('Gemm', [mean(g, shaped(g, f, [1, 20, CHANNELS]), [2]), g.weight([20, CLASSES])]),
    reason: `${LAST} ReduceMean comes before it. Grad-CAM works.`,
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
    expect(cam).toEqual({ ok: false, code: 'no-cam-head', reason: `${LAST} Relu comes before it. Grad-CAM works.` })
  })
})
