import { float } from '../../../src/graph/attributes'
import { file, Net } from '../net'
import type { Row } from '../row'

/** The features [1, 4, 16, 16] with whatever stands between them and the classes. */
function ended(seed: string, end: (g: Net) => unknown, opset = 13): Net {
  const g = new Net(seed, opset).picture()
  g.front()
  end(g)
  return g.output('y')
}

const pooled = (g: Net, f = 'f') => g.at('flat', 'Flatten', [g.at('gap', 'GlobalAveragePool', [f])])
const linear = (g: Net, x = 'flat', channels = 4) =>
  g.at('y', 'Gemm', [x, g.some(5, channels), g.some(5)], { transB: 1 })

const cam = (name: string, end: (g: Net) => unknown, right: Partial<Row['right']> = {}): Row => ({
  name: `CAM: ${name}`,
  file: () => file(ended(name, end)),
  right: { logits: 'y', cam: 'f', ...right },
})

const without = (name: string, end: (g: Net) => unknown, sentence: RegExp): Row => cam(name, end, { cam: sentence })

/** CAM where the features are what the mean is taken of, in all the forms that leave it one. */
const camRows: readonly Row[] = [
  cam('after Cast', g => {
    g.at('half', 'Cast', ['f'], { to: 11 })
    pooled(g, g.at('whole', 'Cast', ['half'], { to: 1 }))
    linear(g)
  }),
  cam('weights that DequantizeLinear gives', g => {
    pooled(g)
    const bytes = Uint8Array.from(g.random(20, -120, 120), value => Math.round(value) & 255)
    const whole = g.constant('whole', { type: 'int8', dims: [5, 4], bytes })
    g.at('w', 'DequantizeLinear', [whole, g.number(0.01)])
    g.at('y', 'Gemm', ['flat', 'w', g.some(5)], { transB: 1 })
  }),
  cam('a mean in two steps', g => {
    g.at('columns', 'ReduceMean', ['f'], { axes: [3], keepdims: 0 })
    g.at('flat', 'ReduceMean', ['columns'], { axes: [2], keepdims: 0 })
    linear(g)
  }),
  cam('a mean over flattened places', g => {
    g.at('places', 'Reshape', ['f', g.ints([1, 4, 256])])
    g.at('flat', 'ReduceMean', ['places'], { axes: [2], keepdims: 0 })
    linear(g)
  }),
  cam('a sum, Div', g => {
    g.at('sum', 'ReduceSum', ['f', g.ints([2, 3])], { keepdims: 0 })
    linear(g, g.at('flat', 'Div', ['sum', g.number(256)]))
  }),
  cam('Slice', g => {
    pooled(g)
    linear(g, g.at('some', 'Slice', ['flat', g.ints([1]), g.ints([4]), g.ints([1])]), 3)
  }),
  cam('Gather', g => {
    pooled(g)
    linear(g, g.at('some', 'Gather', ['flat', g.ints([3, 0])], { axis: 1 }), 2)
  }),
  cam('a Reshape that deals the pooled channels anew', g => {
    pooled(g)
    g.at('pairs', 'Reshape', ['flat', g.ints([1, 2, 2])])
    g.at('dealt', 'Reshape', [g.node('Transpose', ['pairs'], { perm: [0, 2, 1] }), g.ints([1, 4])])
    linear(g, 'dealt')
  }),
  without(
    'a Reshape that takes places for channels',
    g => {
      g.at('regrouped', 'Reshape', ['f', g.ints([1, 8, 8, 16])])
      pooled(g, 'regrouped')
      linear(g, 'flat', 8)
    },
    /right before the last linear layer; here GlobalAveragePool/,
  ),
  without(
    'a strided 1×1 convolution, which skips places',
    g =>
      g.at('y', 'Flatten', [
        g.node('GlobalAveragePool', [g.node('Conv', ['f', g.some(5, 4, 1, 1)], { strides: [2, 2] })]),
      ]),
    /none there|skips/,
  ),
  without(
    'a Gemm whose C depends on the picture',
    g => {
      pooled(g)
      g.at('c', 'MatMul', [g.at('e', 'Exp', ['flat']), g.some(4, 5)])
      g.at('y', 'Gemm', ['flat', g.some(5, 4), 'c'], { transB: 1 })
    },
    /bias is constant/,
  ),
]

/** Two units, so that what goes back through the first is cut by the second too. */
function units(unit: (g: Net, x: string, out: string) => unknown): Net {
  const g = new Net('units').picture()
  const conv = (out: string, x: string, channels: number) =>
    g.at(out, 'Conv', [x, g.some(4, channels, 3, 3), g.some(4)], { pads: [1, 1, 1, 1] })
  unit(g, conv('c1', 'x', 3), 'f1')
  unit(g, conv('c2', 'f1', 4), 'f')
  g.back()
  return g.output('y')
}

const relu = (g: Net, x: string, out: string) => g.at(out, 'Relu', [x])

/** ReLU in another form: everything is as with ReLU. */
const rectified = (name: string, unit: (g: Net, x: string, out: string) => unknown): Row => ({
  name: `guided: ${name}`,
  file: () => ({ bytes: file(units(unit)).bytes, truth: file(units(relu)).truth }),
  right: { logits: 'y', layers: ['c1', 'f'], guided: true },
})

const smooth = (name: string, unit: (g: Net, x: string, out: string) => unknown): Row => ({
  name: `guided: ${name} has no ReLU`,
  file: () => file(units(unit)),
  right: { logits: 'y', layers: ['c1', 'f'], guided: /No ReLU .* plain gradient, as saliency/ },
})

const positive = (g: Net, x: string) => g.node('Greater', [x, g.number(0)])

const guidedRows: readonly Row[] = [
  rectified('Relu', relu),
  rectified('Max', (g, x, out) => g.at(out, 'Max', [x, g.number(0)])),
  rectified('Clip', (g, x, out) => g.at(out, 'Clip', [x, g.number(0)])),
  rectified('ReLU6', (g, x, out) => g.at(out, 'Clip', [x, g.number(0), g.number(6)])),
  rectified('Where', (g, x, out) => g.at(out, 'Where', [positive(g, x), x, g.number(0)])),
  rectified('a mask', (g, x, out) => g.at(out, 'Mul', [x, g.node('Cast', [positive(g, x)], { to: 1 })])),
  rectified('LeakyRelu of slope 0', (g, x, out) => g.at(out, 'LeakyRelu', [x], { alpha: float(0) })),
  smooth('Selu', (g, x, out) => g.at(out, 'Selu', [x])),
  smooth('GELU', (g, x, out) => {
    const half = g.node('Mul', [x, g.number(0.5)])
    const erf = g.node('Erf', [g.node('Div', [x, g.number(Math.SQRT2)])])
    g.at(out, 'Mul', [half, g.node('Add', [erf, g.number(1)])])
  }),
]

/** Patches as tokens with a class token behind them, one layer of attention, read at the class token. */
function tokens(): Net {
  const [size, count] = [8, 17]
  const g = new Net('tokens').picture()
  g.at('pe', 'Conv', ['x', g.some(size, 3, 4, 4)], { strides: [4, 4] })
  g.at('pt', 'Transpose', [g.at('pf', 'Reshape', ['pe', g.ints([1, size, 16])])], { perm: [0, 2, 1] })
  g.at('all', 'Concat', ['pt', g.some(1, 1, size)], { axis: 1 })
  const heads = (perm: readonly number[]) =>
    g.node(
      'Transpose',
      [g.node('Reshape', [g.node('MatMul', ['all', g.some(size, size)]), g.ints([1, count, 2, 4])])],
      {
        perm,
      },
    )
  g.at('scores', 'MatMul', [heads([0, 2, 1, 3]), heads([0, 2, 3, 1])])
  g.at('attention', 'Softmax', ['scores'], { axis: -1 })
  g.at('read', 'Transpose', [g.node('MatMul', ['attention', heads([0, 2, 1, 3])])], { perm: [0, 2, 1, 3] })
  g.at('sum', 'Add', ['all', g.node('Reshape', ['read', g.ints([1, count, size])])])
  g.at('class', 'Gather', ['sum', g.ints([-1], [])], { axis: 1 })
  linear(g, 'class', size)
  return g.output('y')
}

const noLayer = /its rows and columns are tokens/

const layerRows: readonly Row[] = [
  {
    name: 'layers: where places are truly mixed it is said why the map is not laid on the picture',
    file: () => {
      const g = new Net('mixed').picture()
      g.at('turned', 'Transpose', ['x'], { perm: [0, 1, 3, 2] })
      g.front(g.at('both', 'Add', ['x', 'turned']))
      g.back()
      return file(g.output('y'))
    },
    right: { logits: 'y', says: /different places of the picture together/ },
  },
  {
    name: 'layers: attention is none of Grad-CAM, and the default is not the last class token',
    file: () => file(tokens()),
    right: { logits: 'y', layers: ['pe'], main: 'all', refused: { scores: noLayer, attention: noLayer } },
  },
  {
    name: 'layers: gates of rows and of columns that share a convolution leave places where they are',
    file: () => {
      const g = new Net('coordinates').picture()
      g.front()
      g.at('rows', 'ReduceMean', ['f'], { axes: [3], keepdims: 1 })
      g.at('columns', 'Transpose', [g.node('ReduceMean', ['f'], { axes: [2], keepdims: 1 })], { perm: [0, 1, 3, 2] })
      const both = g.node('Concat', ['rows', 'columns'], { axis: 2 })
      g.at(['r', 'c'], 'Split', [g.node('Conv', [both, g.some(4, 4, 1, 1)]), g.ints([16, 16])], { axis: 2 })
      const gate = (of: string) => g.node('Sigmoid', [of])
      const across = g.node('Transpose', ['c'], { perm: [0, 1, 3, 2] })
      g.at('m', 'Mul', [g.node('Mul', ['f', gate('r')]), gate(across)])
      g.back('m')
      return file(g.output('y'))
    },
    right: { logits: 'y', layers: ['c1', 'f', 'm'], says: /^(?!.*(mixed|together|drawn by itself))/s },
  },
  {
    name: 'layers: the default is a channels-last ReLU between Transposes',
    file: () => {
      const g = new Net('last').picture()
      g.at('c1', 'Conv', ['x', g.some(4, 3, 3, 3), g.some(4)], { pads: [1, 1, 1, 1] })
      g.at('r', 'Relu', [g.at('t', 'Transpose', ['c1'], { perm: [0, 2, 3, 1] })])
      g.at('f', 'Transpose', ['r'], { perm: [0, 3, 1, 2] })
      g.back()
      return file(g.output('y'))
    },
    right: { logits: 'y', main: 'r' },
  },
]

export const methodRows: readonly Row[] = [...camRows, ...guidedRows, ...layerRows]
