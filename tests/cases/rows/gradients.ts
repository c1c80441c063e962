import { file, middle, Net } from '../net'
import type { Row } from '../row'

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

export const gradientRows: readonly Row[] = [
  {
    name: 'BatchNormalization for training, opset 15',
    file: () => file(training(15)),
    right: { logits: 'y', layers: ['f'] },
  },
  {
    name: 'BatchNormalization for training, opset 9',
    file: () => file(training(9)),
    right: { logits: 'y', layers: ['f'] },
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
    name: 'clip at its bound: torch’s clamp passes the gradient',
    file: () =>
      file(
        middle('clip', g => {
          g.at('q', 'Mul', ['c1', g.number(0)])
          g.at('k', 'Clip', ['q', g.number(0), g.number(5)])
          g.at('m', 'Add', ['k', 'f'])
        }),
      ),
    right: { logits: 'y', layers: ['f'] },
  },
  vanishing('InstanceNormalization', g => g.at('n', 'InstanceNormalization', ['c1', g.some(4), g.some(4)])),
  vanishing('GroupNormalization, a channel a group', g =>
    g.at('n', 'GroupNormalization', ['c1', g.some(4), g.some(4)], { num_groups: 4 }),
  ),
  vanishing('x − mean', g => {
    g.at('mean', 'ReduceMean', ['c1', g.ints([2, 3])], { keepdims: 1 })
    g.at('n', 'Sub', ['c1', 'mean'])
  }),
]
