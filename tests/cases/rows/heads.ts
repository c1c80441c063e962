import { float } from '../../../src/graph/attributes'
import { declared, valueInfo } from '../../support/proto'
import { file, type Net, tail } from '../net'
import type { Row } from '../row'

const softmax = (g: Net, x: string, out = 'y') => g.at(out, 'Softmax', [x], { axis: 1 })

type Head = readonly [name: string, write: (g: Net) => unknown, right?: Partial<Row>]

/** What comes after the logits `z`, up to the output `y`, which is another way to say the softmax of them. */
const SOFTMAX: readonly Head[] = [
  ['softmax', g => softmax(g, 'z')],
  [
    'softmax, clip',
    g => {
      softmax(g, 'z', 'p')
      g.at('y', 'Clip', ['p', g.number(1e-7), g.number(1 - 1e-7)])
    },
  ],
  [
    'softmax written out',
    g => {
      g.at('m', 'ReduceMax', ['z'], { axes: [1], keepdims: 1 })
      g.at('d', 'Sub', ['z', 'm'])
      g.at('e', 'Exp', ['d'])
      g.at('s', 'ReduceSum', ['e', g.ints([1])], { keepdims: 1 })
      g.at('y', 'Div', ['e', 's'])
    },
  ],
  [
    'exp and its sum, without the maximum',
    g => {
      g.at('e', 'Exp', ['z'])
      g.at('s', 'ReduceSum', ['e', g.ints([1])], { keepdims: 1 })
      g.at('y', 'Div', ['e', 's'])
    },
  ],
  [
    'log softmax, exp',
    g => {
      g.at('l', 'LogSoftmax', ['z'], { axis: 1 })
      g.at('y', 'Exp', ['l'])
    },
  ],
  ['log softmax', g => g.at('y', 'LogSoftmax', ['z'], { axis: 1 })],
  [
    'softmax in percent',
    g => {
      softmax(g, 'z', 'p')
      g.at('y', 'Mul', ['p', g.number(100)])
    },
  ],
  [
    'softmax over its sum',
    g => {
      softmax(g, 'z', 'p')
      g.at('s', 'ReduceSum', ['p', g.ints([1])], { keepdims: 1 })
      g.at('y', 'Div', ['p', 's'])
    },
  ],
  [
    'softmax, cast, squeeze',
    g => {
      softmax(g, 'z', 'p')
      g.at('c', 'Cast', ['p'], { to: 1 })
      g.at('y', 'Squeeze', ['c', g.ints([0])])
    },
  ],
  [
    'softmax, squeeze, clip, cast',
    g => {
      softmax(g, 'z', 'p')
      g.at('q', 'Squeeze', ['p', g.ints([0])])
      g.at('y', 'Cast', [g.at('k', 'Clip', ['q', g.number(0.001), g.number(1)])], { to: 11 })
    },
  ],
  [
    'softmax, then the three best',
    g => {
      softmax(g, 'z', 'p')
      g.at(['y', 'i'], 'TopK', ['p', g.ints([3])], { axis: 1 })
    },
  ],
  [
    'softmax, then its maximum and where it is',
    g => {
      softmax(g, 'z', 'p')
      g.at('y', 'ReduceMax', ['p'], { axes: [1] })
      g.at('i', 'ArgMax', ['p'], { axis: 1 })
    },
  ],
]

const SIGMOID: readonly Head[] = [
  ['sigmoid', g => g.at('y', 'Sigmoid', ['z'])],
  [
    'sigmoid written out',
    g => {
      g.at('n', 'Neg', ['z'])
      g.at('e', 'Exp', ['n'])
      g.at('o', 'Add', ['e', g.number(1)])
      g.at('y', 'Reciprocal', ['o'])
    },
  ],
  [
    'sigmoid written out with a division, in percent',
    g => {
      g.at('n', 'Mul', ['z', g.number(-1)])
      g.at('e', 'Exp', ['n'])
      g.at('o', 'Add', [g.number(1), 'e'])
      g.at('q', 'Div', [g.number(1), 'o'])
      g.at('y', 'Mul', ['q', g.number(100)])
    },
  ],
]

const heads = (found: readonly Head[], activation: 'softmax' | 'sigmoid'): Row[] =>
  found.map(([name, write, rest]) => ({
    name: `head: ${name}`,
    file: () => file(tail(name, write, /best|where/.test(name) ? ['y', 'i'] : ['y'])),
    right: { logits: 'z', activation },
    ...rest,
  }))

const shaped = (dims: readonly number[]): Row => ({
  name: `head: scores of shape [${dims}]`,
  file: () => file(tail('rank', g => g.at('y', 'Reshape', ['z', g.ints(dims)]))),
  right: { logits: 'z' },
})

const beside = (name: string, write: (g: Net) => unknown, outputs: readonly string[]): Row => ({
  name: `head: ${name}`,
  file: () => file(tail(name, write, outputs)),
  right: { logits: 'z', activation: 'softmax' },
})

export const headRows: readonly Row[] = [
  ...heads(SOFTMAX, 'softmax'),
  ...heads(SIGMOID, 'sigmoid'),
  shaped([5]),
  shaped([1, 1, 5]),
  shaped([1, 1, 1, 5]),
  shaped([1, 5, 1, 1]),
  {
    name: 'head: classes in another order, one dropped',
    file: () =>
      file(
        tail('order', g => {
          softmax(g, 'z', 'p')
          g.at('y', 'Gather', ['p', g.ints([4, 0, 2, 1])], { axis: 1 })
        }),
      ),
    right: { logits: 'z', order: [4, 0, 2, 1] },
  },
  {
    name: 'head: the first class, a background, cut off',
    file: () =>
      file(
        tail('background', g => {
          softmax(g, 'z', 'p')
          g.at('y', 'Slice', ['p', g.ints([1]), g.ints([9999]), g.ints([1])])
        }),
      ),
    right: { logits: 'z', order: [1, 2, 3, 4] },
  },
  {
    name: 'head: what is told of the activation is taken',
    file: () => file(tail('told', g => g.at('y', 'Identity', ['z']))),
    activation: 'sigmoid',
    right: { logits: 'z', activation: 'sigmoid' },
  },
  {
    name: 'head: an embedding before the classes',
    file: () => file(tail('embedding', g => g.at('y', 'Identity', ['z']), ['flat', 'y'])),
    right: { logits: 'z', says: /flat/ },
  },
  beside(
    'the place of the best beside it, int64',
    g => {
      softmax(g, 'z')
      g.at('am', 'ArgMax', ['y'], { axis: 1, keepdims: 1 })
    },
    ['y', 'am'],
  ),
  beside(
    'truths beside it',
    g => {
      softmax(g, 'z')
      g.at('sure', 'Greater', ['y', g.number(0.5)])
    },
    ['y', 'sure'],
  ),
  beside(
    'the place of the best before it',
    g => {
      softmax(g, 'z')
      g.at('am', 'ArgMax', ['y'], { axis: 1, keepdims: 0 })
    },
    ['am', 'y'],
  ),
  beside(
    'bytes and doubles beside it',
    g => {
      softmax(g, 'z')
      g.at('hundred', 'Mul', ['y', g.number(100)])
      g.at('bytes', 'Cast', ['hundred'], { to: 2 })
      g.at('doubles', 'Cast', ['y'], { to: 11 })
    },
    ['bytes', 'y', 'doubles'],
  ),
  {
    name: 'head: one sigmoid, the class and its absence',
    file: () =>
      file(
        tail('one', g => {
          g.at('l', 'Gemm', ['z', g.some(5, 1)])
          g.at('y', 'Sigmoid', ['l'])
        }),
      ),
    right: { logits: 'l', activation: 'sigmoid', twoSides: true },
  },
  {
    name: 'head: a Gemm with alpha and beta, declared with open batch',
    file: () => {
      const g = tail('alpha', g =>
        g.at('y', 'Gemm', ['z', g.some(5, 6), g.some(6)], { alpha: float(0.5), beta: float(2) }),
      )
      const found = file(g)
      return { ...found, bytes: declared(found.bytes, [valueInfo('y', ['N', 6])]) }
    },
    right: { logits: 'y' },
  },
]
