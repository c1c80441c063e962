import { file, middle, Net } from '../net'
import { pixels, planesOf, type Row } from '../row'
import { PLAIN } from '../ways'

/** BatchNormalization as exported while training: the file's own forward pass uses the batch's statistics. */
function training(opset: number): Net {
  const g = new Net('training', opset).picture()
  g.at('c1', 'Conv', ['x', g.some(4, 3, 3, 3), g.some(4)], { pads: [1, 1, 1, 1] })
  const statistics = [g.some(4), g.some(4), g.weight([4], [0, 0, 0, 0]), g.weight([4], [1, 1, 1, 1])]
  const outputs = opset >= 14 ? ['n', 'mu', 'va'] : ['n', 'mu', 'va', 'smu', 'sva']
  g.at(outputs, 'BatchNormalization', ['c1', ...statistics], opset >= 14 ? { training_mode: 1 } : {})
  g.at('f', 'Relu', ['n'])
  g.back()
  g.output('y')
  return g
}

/** The mean of what is pooled does not depend on the channel: every weight of Grad-CAM at c1 is 0. */
function vanishing(name: string, write: (g: Net) => unknown): Row {
  return {
    name: `no evidence: ${name}`,
    file: () => {
      const g = new Net(name, 18).picture()
      g.at('c1', 'Conv', ['x', g.some(4, 3, 3, 3), g.some(4)], { pads: [1, 1, 1, 1] })
      write(g)
      g.at('f', 'Relu', ['n'])
      g.back()
      g.output('y')
      return file(g)
    },
    right: { logits: 'y', layers: ['f'], silent: ['c1'] },
  }
}

/** `l` is a norm of 0 of the features, whose gradient PyTorch takes for 0: all that is right is as without it. */
function atZero(name: string, norm: (g: Net, q: string) => unknown): Row {
  const written = (write: (g: Net) => unknown) =>
    middle(name, g => {
      write(g)
      g.at('m', 'Add', ['f', 'l'])
    })
  const full = (g: Net) => norm(g, g.at('q', 'Mul', ['f', g.number(0)]))
  const none = (g: Net) => {
    g.number(0)
    g.at('l', 'ReduceL2', [g.weight([1, 4, 1, 1], [0, 0, 0, 0])], { axes: [1], keepdims: 1 })
  }
  return {
    name,
    file: () => {
      const truth = written(none).build()
      return { ...file(written(full)), truth }
    },
    right: { logits: 'y' },
  }
}

/**
 * Bytes of 0 to 6 less `centre` are given to an operator as they are, so that they lie on its corners, and are equal
 * among channels, at many places.
 */
function corner(name: string, centre: number, write: (g: Net) => unknown): Row {
  return {
    name: `corner: ${name}`,
    file: () => {
      const g = new Net(name, 14).picture()
      const colours = [0, 1, 2, 0].flatMap(channel => [0, 1, 2].map(of => Number(of === channel)))
      const less = g.weight([4], [-centre, -centre, -centre, -centre])
      g.at('c1', 'Conv', ['x', g.weight([4, 3, 1, 1], colours), less])
      write(g)
      g.back('m')
      return file(g.output('y'))
    },
    picture: { ...pixels(), data: pixels().data.map(byte => byte % 7) },
    told: { ...PLAIN, range: 255 },
    feeds: picture => {
      const { dims, data } = planesOf(picture)
      return new Map([['x', { dims, data: data.map(value => Math.round(value * 255)) }]])
    },
    right: { logits: 'y', layers: ['c1', 'm'] },
  }
}

export const gradientRows: readonly Row[] = [
  {
    name: 'BatchNormalization for training, opset 15',
    file: () => file(training(15)),
    right: { logits: 'y', layers: ['f'], says: /exported for training/ },
  },
  {
    name: 'BatchNormalization for training, opset 9',
    file: () => file(training(9)),
    right: { logits: 'y', layers: ['f'], says: /exported for training/ },
  },
  atZero('a norm at 0', (g, q) => {
    g.at('q2', 'Pow', [q, g.number(2)])
    g.at('s', 'ReduceSum', ['q2', g.ints([1])], { keepdims: 1 })
    g.at('l', 'Sqrt', ['s'])
  }),
  atZero('a norm at 0: ReduceL2', (g, q) => g.at('l', 'ReduceL2', [q], { axes: [1], keepdims: 1 })),
  atZero('a standard deviation at 0', (g, q) => {
    g.at('mean', 'ReduceMean', [q], { axes: [1], keepdims: 1 })
    g.at('d', 'Sub', [q, 'mean'])
    g.at('d2', 'Mul', ['d', 'd'])
    g.at('v', 'ReduceMean', ['d2'], { axes: [1], keepdims: 1 })
    g.at('l', 'Sqrt', ['v'])
  }),
  {
    name: 'no number: 0 / 0 in the middle is named',
    file: () =>
      file(
        middle('no number', g => {
          g.at('none', 'Mul', ['f', g.number(0)])
          g.at('m', 'Add', ['f', g.at('broken', 'Div', ['none', 'none'])])
        }),
      ),
    right: { refusal: /not a number or infinite.*broken/, layer: 'f' },
  },
  {
    name: 'no number: an infinite slope behind a layer is named',
    file: () => file(middle('infinite', g => g.at('m', 'Sqrt', [g.at('none', 'Mul', ['f', g.number(0)])]))),
    right: { refusal: /not a number or infinite.*m\b/, layer: 'none' },
  },
  corner('Clip, as torch’s clamp', 2, g => g.at('m', 'Clip', ['c1', g.number(-2), g.number(2)])),
  corner('Clip from 0 to 6, as torch’s ReLU6', 0, g => g.at('m', 'Clip', ['c1', g.number(0), g.number(6)])),
  corner('HardSwish', 3, g => g.at('m', 'HardSwish', ['c1'])),
  corner('the largest of channels, max(dim)', 3, g => {
    g.at('most', 'ReduceMax', ['c1'], { axes: [1], keepdims: 1 })
    g.at('m', 'Mul', ['most', g.some(1, 4, 1, 1)])
  }),
  vanishing('InstanceNormalization', g => g.at('n', 'InstanceNormalization', ['c1', g.some(4), g.some(4)])),
  vanishing('GroupNormalization, a channel a group', g =>
    g.at('n', 'GroupNormalization', ['c1', g.some(4), g.some(4)], { num_groups: 4 }),
  ),
  vanishing('softmax over places', g => {
    g.at('rows', 'Reshape', ['c1', g.ints([1, 4, 256])])
    g.at('shares', 'Reshape', [g.node('Softmax', ['rows'], { axis: 2 }), g.ints([1, 4, 16, 16])])
    g.at('n', 'Sub', [g.node('Mul', ['shares', g.number(256)]), g.number(1)])
  }),
  vanishing('x − mean', g => {
    g.at('mean', 'ReduceMean', ['c1', g.ints([2, 3])], { keepdims: 1 })
    g.at('n', 'Sub', ['c1', 'mean'])
  }),
]
