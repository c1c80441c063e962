import { intTensor } from '../../../src/graph/tensors'
import type { Attribute, Body, ElementType, Graph, Port, Tensor } from '../../../src/graph/types'
import { GraphBuilder } from '../../support/build'

export const CHANNELS = 4
export const SIZE = 12
/** Of the features that every file below works on. */
export const FEATURES = [1, CHANNELS, SIZE, SIZE] as const

export interface Made {
  readonly name: string
  readonly opset?: number
  readonly domains?: readonly string[]
  /** From features [1, 4, 12, 12] to others, of any size but with 4 channels. */
  readonly middle: (g: GraphBuilder, f: string) => string
}

/** A classifier of 5 classes: a convolution, what is tried, a mean over all places, a linear layer. */
export function fileOf({ opset = 17, domains = [], middle, name }: Made): Graph {
  const g = new GraphBuilder(opset, name)
  const x = g.input('x', [1, 3, SIZE, SIZE])
  const conv = g.node('Conv', [x, g.weight([CHANNELS, 3, 3, 3]), g.weight([CHANNELS])], { pads: [1, 1, 1, 1] })
  const f = g.node('Relu', [conv], {}, { outputs: ['f'] })
  const m = g.node('Identity', [middle(g, f)], {}, { outputs: ['m'] })
  const gap = g.node('GlobalAveragePool', [m])
  const flat = g.node('Flatten', [gap])
  g.node('Gemm', [flat, g.weight([5, CHANNELS]), g.weight([5])], { transB: 1 }, { outputs: ['y'] })
  const graph = g.output('y').build()
  const opsets = new Map([...graph.opsets, ...domains.map(domain => [domain, 1] as const)])
  return { ...graph, opsets, irVersion: opset >= 19 ? 9 : 8 }
}

export const bytes = (type: 'uint8' | 'int8', dims: readonly number[], values: readonly number[]): Tensor => ({
  type,
  dims,
  bytes: new Uint8Array((type === 'uint8' ? Uint8Array : Int8Array).from(values).buffer),
})

/** A scale, a zero point and small weights of eight bits. */
function quantized(g: GraphBuilder, dims: readonly number[], type: 'uint8' | 'int8' = 'int8') {
  const values = [
    ...g.random(
      dims.reduce((a, b) => a * b, 1),
      -100,
      100,
    ),
  ].map(value => Math.round(type === 'uint8' ? value + 128 : value))
  return { weight: g.constant(`q${values.length}${type}${dims}`, bytes(type, dims, values)) }
}

const eight = (g: GraphBuilder, type: 'uint8' | 'int8', value: number, name: string) =>
  g.constant(name, bytes(type, [], [value]))

/** Features as bytes, with their scale and zero point. */
function asBytes(g: GraphBuilder, f: string) {
  const scale = g.weight([], [0.02])
  const zero = eight(g, 'uint8', 100, 'zero')
  return { q: g.node('QuantizeLinear', [f, scale, zero]), scale, zero }
}

const back = (g: GraphBuilder, q: string, { scale, zero }: { scale: string; zero: string }) =>
  g.node('DequantizeLinear', [q, scale, zero])

/** Features as a row of tokens, [1, 144, 4], and back. */
const tokens = (g: GraphBuilder, f: string) =>
  g.node('Transpose', [g.node('Reshape', [f, g.ints([1, CHANNELS, SIZE * SIZE])])], { perm: [0, 2, 1] })
const picture = (g: GraphBuilder, t: string) =>
  g.node('Reshape', [g.node('Transpose', [t], { perm: [0, 2, 1] }), g.ints(FEATURES)])

const one = (op: string, more: Partial<Made> & { attributes?: Parameters<GraphBuilder['node']>[2] } = {}): Made => ({
  name: op,
  ...more,
  middle: (g, f) => g.node(op, [f], more.attributes, { domain: more.domains?.[0] ?? '' }),
})

const MS = ['com.microsoft']
const ms = (name: string, middle: (g: GraphBuilder, f: string, op: string) => string, opset = 17): Made => ({
  name: `com.microsoft.${name}`,
  opset,
  domains: MS,
  middle: (g, f) => middle(g, f, name),
})

const put = (g: GraphBuilder, op: string, inputs: readonly string[], attributes = {}, outputs?: readonly string[]) =>
  g.node(op, inputs, attributes, { domain: 'com.microsoft', ...(outputs && { outputs }) })

export const float = (value: number): Attribute => ({ kind: 'float', value })

export const port = (name: string, type: ElementType, dims: Port['dims']): Port => ({ name, type, dims })

/** A body of control flow, written as a graph. */
export function body(
  inputs: readonly Port[],
  outputs: readonly string[],
  write: (g: GraphBuilder) => void,
  constants: ReadonlyMap<string, Tensor> = new Map(),
): { kind: 'graph'; value: Body } {
  const g = new GraphBuilder()
  write(g)
  const made = g.build()
  return {
    kind: 'graph',
    value: { name: 'body', inputs, outputs, nodes: made.nodes, constants: new Map([...constants, ...made.constants]) },
  }
}

const bright = (g: GraphBuilder, f: string) =>
  g.node('Greater', [g.node('ReduceMean', [f], { keepdims: 0 }), g.weight([], [0.1])])

/** Every operator whose shape a rule tells: no run is needed. */
export const RULED: readonly Made[] = [
  ...['Atan', 'Asinh', 'Sinh', 'Tan', 'Cosh', 'Cos'].map(op => one(op)),
  ...['Acos', 'Asin', 'Atanh'].map(
    (op): Made => ({
      name: op,
      middle: (g, f) => g.node(op, [g.node('Mul', [g.node('Tanh', [f]), g.weight([], [0.5])])]),
    }),
  ),
  { name: 'Acosh', middle: (g, f) => g.node('Acosh', [g.node('Add', [f, g.weight([], [1.5])])]) },
  one('Shrink', { attributes: { lambd: float(0.2), bias: float(0.1) } }),
  one('LpNormalization', { attributes: { axis: 1 } }),
  ...(['LSTM', 'GRU', 'RNN'] as const).map(
    (op): Made => ({
      name: op,
      middle: (g, f) => {
        const gates = { LSTM: 4, GRU: 3, RNN: 1 }[op]
        const rows = g.node('Transpose', [g.node('ReduceMean', [f], { axes: [3], keepdims: 0 })], { perm: [2, 0, 1] })
        const weights = [g.weight([2, gates * 2, CHANNELS]), g.weight([2, gates * 2, 2])]
        const all = g.node(op, [rows, ...weights], { hidden_size: 2, direction: 'bidirectional' })
        // [12, 2, 1, 2] → [1, 4, 12, 1]
        return g.node('Reshape', [g.node('Transpose', [all], { perm: [2, 1, 3, 0] }), g.ints([1, CHANNELS, SIZE, 1])])
      },
    }),
  ),
  {
    name: 'GridSample',
    middle: (g, f) => g.node('GridSample', [f, g.weight([1, 5, 6, 2])]),
  },
  {
    name: 'RoiAlign',
    middle: (g, f) =>
      g.node('RoiAlign', [f, g.weight([1, 4], [0, 0, 8, 8]), g.ints([0])], { output_height: 3, output_width: 4 }),
  },
  {
    name: 'MaxRoiPool',
    middle: (g, f) => g.node('MaxRoiPool', [f, g.weight([1, 5], [0, 0, 0, 7, 7])], { pooled_shape: [3, 2] }),
  },
  {
    name: 'MaxUnpool',
    middle: (g, f) => {
      const window = { kernel_shape: [2, 2], strides: [2, 2] }
      g.node('MaxPool', [f], window, { outputs: ['most', 'where'] })
      return g.node('MaxUnpool', ['most', 'where'], window)
    },
  },
  {
    name: 'Col2Im',
    opset: 18,
    middle: (g, f) => {
      const columns = g.node('Reshape', [f, g.ints([1, 16, 36])])
      return g.node('Col2Im', [columns, g.ints([12, 12]), g.ints([2, 2])], { strides: [2, 2] })
    },
  },
  {
    name: 'CenterCropPad',
    opset: 18,
    middle: (g, f) => g.node('CenterCropPad', [f, g.ints([8, 16])], { axes: [2, 3] }),
  },
  {
    name: 'OneHot',
    middle: (g, f) => {
      const best = g.node('ArgMax', [f], { axis: 1, keepdims: 0 })
      return g.node('OneHot', [best, g.constant('depth', intTensor([CHANNELS], [])), g.weight([2], [0, 1])], {
        axis: 1,
      })
    },
  },
  {
    name: 'DynamicQuantizeLinear',
    middle: (g, f) => {
      g.node('DynamicQuantizeLinear', [f], {}, { outputs: ['q', 's', 'z'] })
      return g.node('DequantizeLinear', ['q', 's', 'z'])
    },
  },
  {
    name: 'ConvInteger',
    middle: (g, f) => {
      g.node('DynamicQuantizeLinear', [f], {}, { outputs: ['q', 's', 'z'] })
      const { weight } = quantized(g, [4, 4, 3, 3])
      const sum = g.node('ConvInteger', ['q', weight, 'z'], { pads: [1, 1, 1, 1] })
      return g.node('Mul', [g.node('Cast', [sum], { to: 1 }), g.weight([], [0.001])])
    },
  },
  {
    name: 'MatMulInteger',
    middle: (g, f) => {
      g.node('DynamicQuantizeLinear', [f], {}, { outputs: ['q', 's', 'z'] })
      const { weight } = quantized(g, [SIZE, 7])
      const sum = g.node('MatMulInteger', ['q', weight, 'z'])
      return g.node('Mul', [g.node('Cast', [sum], { to: 1 }), g.weight([], [0.001])])
    },
  },
  {
    name: 'QLinearConv',
    middle: (g, f) => {
      const x = asBytes(g, f)
      const { weight } = quantized(g, [4, 4, 3, 3])
      const zero = eight(g, 'int8', 0, 'wz')
      const y = g.node('QLinearConv', [x.q, x.scale, x.zero, weight, g.weight([], [0.01]), zero, x.scale, x.zero], {
        pads: [1, 1, 1, 1],
      })
      return back(g, y, x)
    },
  },
  {
    name: 'QLinearMatMul',
    middle: (g, f) => {
      const x = asBytes(g, f)
      const { weight } = quantized(g, [SIZE, 5])
      const zero = eight(g, 'int8', 0, 'wz')
      return back(
        g,
        g.node('QLinearMatMul', [x.q, x.scale, x.zero, weight, g.weight([], [0.01]), zero, x.scale, x.zero]),
        x,
      )
    },
  },
  {
    name: 'ImageScaler',
    opset: 7,
    middle: (g, f) => g.node('ImageScaler', [f], { scale: float(2), bias: { kind: 'floats', value: [1, 2, 3, 4] } }),
  },
  {
    name: 'BitShift',
    opset: 18,
    middle: (g, f) => {
      const whole = g.node('Cast', [g.node('Mul', [f, g.weight([], [50])])], { to: 12 })
      const by = g.constant('by', { type: 'uint32', dims: [], bytes: new Uint8Array(Uint32Array.of(1).buffer) })
      return g.node('Cast', [g.node('BitShift', [whole, by], { direction: 'LEFT' })], { to: 1 })
    },
  },
  { name: 'EyeLike', middle: (g, f) => g.node('Add', [f, g.node('EyeLike', [g.weight([SIZE, SIZE])], { dtype: 1 })]) },
  { name: 'Det', middle: (g, f) => g.node('Reshape', [g.node('Det', [f]), g.ints([1, CHANNELS, 1, 1])]) },
  {
    name: 'ReverseSequence',
    middle: (g, f) => {
      const rows = g.node('Reshape', [f, g.ints([SIZE, CHANNELS, SIZE])])
      const turned = g.node('ReverseSequence', [rows, g.ints([3, 4, 2, 1])], { batch_axis: 1, time_axis: 0 })
      return g.node('Reshape', [turned, g.ints(FEATURES)])
    },
  },
  { name: 'RMSNormalization', opset: 23, middle: (g, f) => g.node('RMSNormalization', [f, g.weight([SIZE])]) },
  {
    name: 'Attention',
    opset: 23,
    middle: (g, f) => {
      const t = tokens(g, f)
      return picture(g, g.node('Attention', [t, t, t], { q_num_heads: 2, kv_num_heads: 2 }))
    },
  },
  {
    name: 'RotaryEmbedding',
    opset: 23,
    middle: (g, f) => {
      const t = tokens(g, f)
      const half = [1, SIZE * SIZE, 1]
      return picture(g, g.node('RotaryEmbedding', [t, g.weight(half), g.weight(half)], { num_heads: 2 }))
    },
  },
  ...['Gelu', 'FastGelu', 'QuickGelu'].map(name => ms(name, (g, f, op) => put(g, op, [f]))),
  ms('BiasGelu', (g, f, op) => put(g, op, [f, g.weight([SIZE])])),
  ms('FusedConv', (g, f, op) =>
    put(g, op, [f, g.weight([4, 4, 3, 3])], { activation: 'Relu', pads: [1, 1, 1, 1], kernel_shape: [3, 3] }),
  ),
  ms('FusedMatMul', (g, f, op) => put(g, op, [f, g.weight([7, SIZE])], { transB: 1, alpha: float(0.5) })),
  ms('FusedGemm', (g, f, op) => {
    const rows = g.node('Reshape', [f, g.ints([CHANNELS, SIZE * SIZE])])
    const made = put(g, op, [rows, g.weight([9, SIZE * SIZE]), g.weight([9])], { transB: 1, activation: 'Relu' })
    return g.node('Reshape', [made, g.ints([1, CHANNELS, 3, 3])])
  }),
  ms('SkipLayerNormalization', (g, f, op) => {
    const t = tokens(g, f)
    return picture(g, put(g, op, [t, t, g.weight([CHANNELS]), g.weight([CHANNELS])]))
  }),
  ms('Attention', (g, f, op) =>
    picture(g, put(g, op, [tokens(g, f), g.weight([CHANNELS, 12]), g.weight([12])], { num_heads: 2 })),
  ),
  ms('MultiHeadAttention', (g, f, op) => {
    const t = tokens(g, f)
    return picture(g, put(g, op, [t, t, t], { num_heads: 2 }))
  }),
  ms('QLinearAdd', (g, f, op) => {
    const x = asBytes(g, f)
    return back(g, put(g, op, [x.q, x.scale, x.zero, x.q, x.scale, x.zero, x.scale, x.zero]), x)
  }),
  ms('QLinearMul', (g, f, op) => {
    const x = asBytes(g, f)
    return back(g, put(g, op, [x.q, x.scale, x.zero, x.q, x.scale, x.zero, x.scale, x.zero]), x)
  }),
  ...['QLinearSigmoid', 'QLinearLeakyRelu'].map(name =>
    ms(name, (g, f, op) => {
      const x = asBytes(g, f)
      return back(g, put(g, op, [x.q, x.scale, x.zero, x.scale, x.zero]), x)
    }),
  ),
  ms('QLinearAveragePool', (g, f, op) => {
    const x = asBytes(g, f)
    return back(g, put(g, op, [x.q, x.scale, x.zero, x.scale, x.zero], { kernel_shape: [3, 3], strides: [2, 2] }), x)
  }),
  ms('QLinearGlobalAveragePool', (g, f, op) => {
    const x = asBytes(g, f)
    return back(g, put(g, op, [x.q, x.scale, x.zero, x.scale, x.zero], { channels_last: 0 }), x)
  }),
  ms('QLinearConcat', (g, f, op) => {
    const x = asBytes(g, f)
    return back(g, put(g, op, [x.scale, x.zero, x.q, x.scale, x.zero, x.q, x.scale, x.zero], { axis: 3 }), x)
  }),
  ms('DynamicQuantizeMatMul', (g, f, op) => {
    const { weight } = quantized(g, [SIZE, 5])
    return put(g, op, [f, weight, g.weight([], [0.01])])
  }),
  ms('MatMulIntegerToFloat', (g, f, op) => {
    const x = asBytes(g, f)
    const { weight } = quantized(g, [SIZE, 5])
    return put(g, op, [x.q, weight, x.scale, g.weight([], [0.01]), x.zero])
  }),
  ms('QGemm', (g, f, op) => {
    const x = asBytes(g, f)
    const rows = g.node('Reshape', [x.q, g.ints([CHANNELS, SIZE * SIZE])])
    const { weight } = quantized(g, [SIZE * SIZE, 9])
    const zero = eight(g, 'int8', 0, 'wz')
    const made = put(g, op, [rows, x.scale, x.zero, weight, g.weight([], [0.01]), zero])
    return g.node('Reshape', [made, g.ints([1, CHANNELS, 3, 3])])
  }),
  ms('MatMulNBits', (g, f, op) => {
    const rows = g.node('Reshape', [f, g.ints([1, 36, 16])])
    const packed = bytes(
      'uint8',
      [16, 1, 8],
      Array.from({ length: 128 }, (_, i) => (i * 37) % 256),
    )
    const made = put(g, op, [rows, g.constant('packed', packed), g.weight([16])], {
      ...{ K: 16, N: 16, bits: 4, block_size: 16 },
    })
    return g.node('Reshape', [made, g.ints([1, CHANNELS, 12, 12])])
  }),
  {
    name: 'a ConvTranspose that pads by itself',
    middle: (g, f) => g.node('ConvTranspose', [f, g.weight([4, 4, 3, 3])], { strides: [2, 2], auto_pad: 'SAME_UPPER' }),
  },
  {
    name: 'AffineGrid',
    opset: 20,
    middle: (g, f) => {
      const theta = g.weight([1, 2, 3], [0.5, 0, 0, 0, 0.5, 0.1])
      return g.node('GridSample', [f, g.node('AffineGrid', [theta, g.ints([1, CHANNELS, 5, 7])])])
    },
  },
  {
    name: 'Compress by a constant',
    middle: (g, f) => {
      const kept = {
        type: 'bool' as const,
        dims: [SIZE],
        bytes: Uint8Array.from({ length: SIZE }, (_, i) => i % 3 && 1),
      }
      return g.node('Compress', [f, g.constant('kept', kept)], { axis: 2 })
    },
  },
  {
    name: 'DeformConv',
    opset: 19,
    middle: (g, f) =>
      g.node('DeformConv', [f, g.weight([4, 4, 3, 3]), g.weight([1, 18, 12, 12])], {
        ...{ kernel_shape: [3, 3], pads: [1, 1, 1, 1] },
      }),
  },
  ms('QLinearSoftmax', (g, f, op) => {
    const x = asBytes(g, f)
    const share = { scale: g.weight([], [1 / 256]), zero: eight(g, 'uint8', 0, 'none') }
    return back(g, put(g, op, [x.q, x.scale, x.zero, share.scale, share.zero], { axis: 1, opset: 13 }), share)
  }),
  ms('NhwcMaxPool', (g, f, op) => {
    const x = asBytes(g, f)
    const last = g.node('Transpose', [x.q], { perm: [0, 2, 3, 1] })
    const made = put(g, op, [last], { kernel_shape: [3, 3], strides: [2, 2] })
    return back(g, g.node('Transpose', [made], { perm: [0, 3, 1, 2] }), x)
  }),
  {
    name: 'If whose branches agree',
    middle: (g, f) =>
      g.node('If', [bright(g, f)], {
        then_branch: body([], ['t'], inner => inner.node('Neg', [f], {}, { outputs: ['t'] })),
        else_branch: body([], ['e'], inner => inner.node('Exp', [f], {}, { outputs: ['e'] })),
      }),
  },
  {
    name: 'Loop that keeps its state’s shape',
    middle: (g, f) => {
      const turns = g.constant('turns', intTensor([3], []))
      return g.node('Loop', [turns, '', f], {
        body: body(
          [port('i', 'int64', []), port('go', 'bool', []), port('s', 'float32', [...FEATURES])],
          ['on', 'next'],
          inner => {
            inner.node('Identity', ['go'], {}, { outputs: ['on'] })
            inner.node('Sin', ['s'], {}, { outputs: ['half'] })
            inner.node('Add', ['half', f], {}, { outputs: ['next'] })
          },
        ),
      })
    },
  },
  {
    name: 'Loop of a fixed number of turns that gathers',
    middle: (g, f) => {
      const turns = g.constant('turns', intTensor([3], []))
      const all = g.node(
        'Loop',
        [turns, '', f],
        {
          body: body(
            [port('i', 'int64', []), port('go', 'bool', []), port('s', 'float32', [...FEATURES])],
            ['on', 'next', 'each'],
            inner => {
              inner.node('Identity', ['go'], {}, { outputs: ['on'] })
              inner.node('Sin', ['s'], {}, { outputs: ['next'] })
              inner.node('Identity', ['s'], {}, { outputs: ['each'] })
            },
          ),
        },
        { outputs: ['last', 'all'] },
      )
      return g.node('Add', [all, g.node('ReduceMean', ['all'], { axes: [0], keepdims: 0 })])
    },
  },
  {
    name: 'Scan',
    middle: (g, f) => {
      g.node(
        'Scan',
        [g.weight([1, CHANNELS, SIZE]), f],
        {
          num_scan_inputs: 1,
          scan_input_axes: [2],
          scan_output_axes: [2],
          body: body(
            [port('s', 'float32', [1, CHANNELS, SIZE]), port('row', 'float32', [1, CHANNELS, SIZE])],
            ['next', 'out'],
            inner => {
              inner.node('Add', ['s', 'row'], {}, { outputs: ['next'] })
              inner.node('Sin', ['next'], {}, { outputs: ['out'] })
            },
          ),
        },
        { outputs: ['last', 'rows'] },
      )
      return 'rows'
    },
  },
]

/** Files of operators that the engine has not on WASM. */
export const LACKING: readonly Made[] = [
  ms('GroupNorm', (g, f, op) => {
    const last = g.node('Transpose', [f], { perm: [0, 2, 3, 1] })
    const made = put(g, op, [last, g.weight([4]), g.weight([4])], { groups: 2, activation: 0, channels_last: 1 })
    return g.node('Transpose', [made], { perm: [0, 3, 1, 2] })
  }),
  ms('Nonsense', (g, f, op) => put(g, op, [f])),
  { name: 'Gelu', opset: 17, middle: (g, f) => g.node('Gelu', [f]) },
]

/** Files whose shapes one run on a blank picture shows. */
export const SEEN: readonly Made[] = [
  {
    name: 'com.microsoft.GridSample',
    domains: MS,
    middle: (g, f) => put(g, 'GridSample', [f, g.weight([1, 5, 6, 2])]),
  },
  ms('CDist', (g, f, op) => {
    const rows = g.node('Reshape', [f, g.ints([CHANNELS * SIZE, SIZE])])
    return g.node('Reshape', [
      put(g, op, [rows, g.weight([6, SIZE])], { metric: 'euclidean' }),
      g.ints([1, CHANNELS, SIZE, 6]),
    ])
  }),
  {
    name: 'a sequence that is taken apart and put together',
    middle: (g, f) => {
      const parts = g.node('SplitToSequence', [f, g.ints([2, 2])], { axis: 1 })
      return g.node('ConcatFromSequence', [parts], { axis: 2 }) && g.node('ConcatFromSequence', [parts], { axis: 1 })
    },
  },
  {
    name: 'one place of a sequence',
    middle: (g, f) => {
      const pair = g.node('SequenceConstruct', [f, g.node('Neg', [f])])
      return g.node('SequenceAt', [pair, g.constant('second', intTensor([1], []))])
    },
  },
  {
    name: 'sizes by operators whose content no rule follows',
    middle: (g, f) => {
      const shape = g.node('Shape', [f])
      const sums = g.node('CumSum', [
        g.node('Slice', [shape, g.ints([0]), g.ints([2]), g.ints([0])]),
        g.constant('first', intTensor([0], [])),
      ])
      // [1, 5] → 5 − 1 = 4 channels, and what is left
      const four = g.node('Sub', [g.node('Gather', [sums, g.ints([1])]), g.node('Gather', [sums, g.ints([0])])])
      return g.node('Reshape', [f, g.node('Concat', [g.ints([1]), four, g.ints([6, 24])], { axis: 0 })])
    },
  },
  {
    name: 'STFT',
    middle: (g, f) => {
      const signal = g.node('Reshape', [f, g.ints([4, SIZE * SIZE, 1])])
      const size = g.constant('size', intTensor([16], []))
      const spectrum = g.node('STFT', [signal, g.constant('step', intTensor([8], [])), g.weight([16]), size])
      return g.node('Reshape', [
        g.node('Slice', [spectrum, g.ints([0]), g.ints([16]), g.ints([1])]),
        g.ints([1, 4, 16, 18]),
      ])
    },
  },
]
