import { describe, expect, it } from 'vitest'
import { analyze, type Reading } from '../../src/analysis/analyze'
import { Network } from '../../src/engine/network'
import type { Graph } from '../../src/graph/types'
import { evaluate, gradients } from '../evaluator'
import { GraphBuilder } from '../support/build'
import { runtime } from '../support/engine'
import { gradientOf, mapOf } from '../support/explain'

/** What follows the logits `z`; gives the file's outputs. */
type End = (g: GraphBuilder, z: string) => readonly string[]

interface Head {
  readonly end: End
  /** Numbers in `z`. */
  readonly count?: number
  readonly opset?: number
  readonly reading?: Reading
  /** Which logit each class has: k, or −1 − k for its absence. In order unless given. */
  readonly classes?: readonly number[]
  readonly activation?: 'softmax' | 'sigmoid' | 'none'
  /** Value of the file's that holds the probabilities of the first classes, and by what they are multiplied there. */
  readonly scores?: readonly [value: string, factor: number]
  readonly shape?: readonly number[]
}

const number = (g: GraphBuilder, value: number, dims: readonly number[] = []) => g.weight(dims, [value])

const written = (g: GraphBuilder, z: string, axes = [1]): string => {
  const max = g.node('ReduceMax', [z], { axes, keepdims: 1 })
  const e = g.node('Exp', [g.node('Sub', [z, max])])
  return g.node('Div', [e, g.node('ReduceSum', [e, g.ints(axes)], { keepdims: 1 })])
}

const sigmoid = (g: GraphBuilder, z: string): string =>
  g.node('Div', [number(g, 1), g.node('Add', [number(g, 1), g.node('Exp', [g.node('Neg', [z])])])])

const named = (g: GraphBuilder, x: string, name: string): string => g.node('Identity', [x], {}, { outputs: [name] })

const out = (g: GraphBuilder, x: string): readonly string[] => [named(g, x, 'y')]

const softmax = (g: GraphBuilder, z: string): string => g.node('Softmax', [z], { axis: 1 })

const HEADS: Record<string, Head> = {
  'nothing: softmax, as most are': { end: (g, z) => out(g, z), activation: 'softmax', scores: ['', 1] },
  Softmax: { end: (g, z) => out(g, softmax(g, z)) },
  'Softmax of all axes from 1, opset 11': { end: (g, z) => out(g, g.node('Softmax', [z])), opset: 11 },
  'Softmax, Clip': {
    end: (g, z) => out(g, g.node('Clip', [softmax(g, z), number(g, 1e-7), number(g, 1 - 1e-7)])),
  },
  'Softmax, Cast, Identity, Dropout': {
    end: (g, z) => out(g, g.node('Dropout', [g.node('Identity', [g.node('Cast', [softmax(g, z)], { to: 1 })])])),
  },
  'Softmax in percent': { end: (g, z) => out(g, g.node('Mul', [softmax(g, z), number(g, 100)])), scores: ['y', 100] },
  'Softmax ÷ 0.01, Clip': {
    end: (g, z) =>
      out(g, g.node('Clip', [g.node('Div', [softmax(g, z), number(g, 0.01)]), number(g, 0), number(g, 100)])),
    scores: ['y', 100],
  },
  'Softmax ÷ its sum': {
    end: (g, z) => {
      const p = softmax(g, z)
      return out(g, g.node('Div', [p, g.node('ReduceSum', [p, g.ints([1])], { keepdims: 1 })]))
    },
  },
  'softmax in parts': { end: (g, z) => out(g, written(g, z)) },
  'softmax in parts without the maximum, Reciprocal': {
    end: (g, z) => {
      const e = g.node('Exp', [z])
      const sum = g.node('ReduceSum', [e, g.ints([-1])], { keepdims: 1 })
      return out(g, g.node('Mul', [e, g.node('Reciprocal', [sum])]))
    },
  },
  'exp(z − logsumexp z)': {
    end: (g, z) => {
      const sum = g.node('ReduceLogSumExp', [z], { axes: [1], keepdims: 1 })
      return out(g, g.node('Exp', [g.node('Sub', [z, sum])]))
    },
  },
  'LogSoftmax, Exp': { end: (g, z) => out(g, g.node('Exp', [g.node('LogSoftmax', [z], { axis: 1 })])) },
  LogSoftmax: { end: (g, z) => out(g, g.node('LogSoftmax', [z], { axis: 1 })), scores: ['', 1], activation: 'softmax' },
  'Softmax, Log, Neg': {
    end: (g, z) => out(g, g.node('Neg', [g.node('Log', [softmax(g, z)])])),
    scores: ['', 1],
    activation: 'softmax',
  },
  'a temperature': { end: (g, z) => out(g, softmax(g, g.node('Div', [z, number(g, 2.5)]))) },
  'a temperature, softmax in parts, percent': {
    end: (g, z) => out(g, g.node('Mul', [written(g, g.node('Mul', [number(g, 0.5), z])), number(g, 100)])),
    scores: ['y', 100],
  },
  'Clip between −20 and 20, Softmax': {
    end: (g, z) => out(g, softmax(g, g.node('Clip', [z, number(g, -20), number(g, 20)]))),
  },
  'Softmax of Softmax': {
    end: (g, z) => out(g, softmax(g, named(g, softmax(g, z), 'inner'))),
  },
  'Softmax, Gather in another order': {
    end: (g, z) => out(g, g.node('Gather', [softmax(g, z), g.ints([3, 1, 4, 0, 2])], { axis: 1 })),
    classes: [3, 1, 4, 0, 2],
  },
  'Gather in another order, Softmax': {
    end: (g, z) => out(g, softmax(g, g.node('Gather', [z, g.ints([4, 3, 2, 1, 0])], { axis: 1 }))),
    classes: [4, 3, 2, 1, 0],
  },
  'Softmax without the first class': {
    end: (g, z) => out(g, g.node('Slice', [softmax(g, z), g.ints([1]), g.ints([9]), g.ints([1])])),
    classes: [1, 2, 3, 4],
  },
  'Softmax backwards and without the last, in percent': {
    end: (g, z) => {
      const turned = g.node('Slice', [softmax(g, z), g.ints([-2]), g.ints([-9]), g.ints([1]), g.ints([-1])])
      return out(g, g.node('Mul', [turned, number(g, 100)]))
    },
    classes: [3, 2, 1, 0],
    scores: ['y', 100],
  },
  'Softmax, Split and Concat the other way round': {
    end: (g, z) => {
      g.node('Split', [softmax(g, z), g.ints([2, 3])], { axis: 1 }, { outputs: ['left', 'right'] })
      return out(g, g.node('Concat', ['right', 'left'], { axis: 1 }))
    },
    classes: [2, 3, 4, 0, 1],
  },
  'one of two by Softmax': {
    end: (g, z) => out(g, g.node('Gather', [softmax(g, z), g.ints([1])], { axis: 1 })),
    count: 2,
    classes: [1, -2],
  },
  Sigmoid: { end: (g, z) => out(g, g.node('Sigmoid', [z])), activation: 'sigmoid' },
  'sigmoid in parts': { end: (g, z) => out(g, sigmoid(g, z)), activation: 'sigmoid' },
  'sigmoid by Reciprocal': {
    end: (g, z) => out(g, g.node('Reciprocal', [g.node('Add', [g.node('Exp', [g.node('Neg', [z])]), number(g, 1)])])),
    activation: 'sigmoid',
  },
  'sigmoid by tanh': {
    end: (g, z) => {
      const tanh = g.node('Tanh', [g.node('Mul', [z, number(g, 0.5)])])
      return out(g, g.node('Add', [g.node('Mul', [tanh, number(g, 0.5)]), number(g, 0.5)]))
    },
    activation: 'sigmoid',
  },
  'sigmoid that never overflows, by Where': {
    end: (g, z) => {
      const e = g.node('Exp', [g.node('Neg', [g.node('Abs', [z])])])
      const below = g.node('Add', [e, number(g, 1)])
      const negative = g.node('Div', [e, below])
      const positive = g.node('Div', [number(g, 1), below])
      return out(g, g.node('Where', [g.node('Less', [z, number(g, 0)]), negative, positive]))
    },
    activation: 'sigmoid',
  },
  'Sigmoid in percent, without two classes': {
    end: (g, z) => {
      const p = g.node('Mul', [g.node('Sigmoid', [z]), number(g, 100)])
      return out(g, g.node('Gather', [p, g.ints([4, 0, 2])], { axis: 1 }))
    },
    activation: 'sigmoid',
    classes: [4, 0, 2],
    scores: ['y', 100],
  },
  'LogSoftmax by class of a sigmoid: log σ': {
    end: (g, z) => out(g, g.node('Log', [g.node('Sigmoid', [z])])),
    activation: 'sigmoid',
    scores: ['', 1],
  },
  'one Sigmoid': {
    end: (g, z) => out(g, g.node('Sigmoid', [z])),
    count: 1,
    classes: [0, -1],
    activation: 'sigmoid',
  },
  'one sigmoid in parts, in percent': {
    end: (g, z) => out(g, g.node('Mul', [sigmoid(g, z), number(g, 100)])),
    count: 1,
    classes: [0, -1],
    activation: 'sigmoid',
    scores: ['y', 100],
  },
  '1 − p and p of one Sigmoid': {
    end: (g, z) => {
      const p = g.node('Sigmoid', [z])
      return out(g, g.node('Concat', [g.node('Sub', [number(g, 1), p]), p], { axis: 1 }))
    },
    count: 1,
    classes: [-1, 0],
    activation: 'sigmoid',
  },
  'Softmax of 0 and one logit': {
    end: (g, z) => out(g, softmax(g, g.node('Concat', [number(g, 0, [1, 1]), z], { axis: 1 }))),
    count: 1,
    classes: [-1, 0],
    activation: 'sigmoid',
  },
  'one number: nobody knows of what': {
    end: (g, z) => out(g, z),
    count: 1,
    classes: [0, -1],
    activation: 'none',
    scores: ['', 1],
  },
  'one number, a probability by --activation': {
    end: (g, z) => out(g, z),
    count: 1,
    classes: [0, -1],
    reading: { activation: 'sigmoid' },
    activation: 'sigmoid',
    scores: ['', 1],
  },
  'numbers with a name of a regression': {
    end: (g, z) => [named(g, z, 'head_angles')],
    activation: 'none',
    scores: ['', 1],
  },
  'Tanh of several': {
    end: (g, z) => [g.node('Tanh', [named(g, z, 'before')], {}, { outputs: ['y'] })],
    activation: 'none',
    scores: ['', 1],
    shape: [],
  },
  'an expected value of a softmax': {
    end: (g, z) => {
      const weighed = g.node('Mul', [softmax(g, z), g.weight([1, 5], [1, 2, 3, 4, 5])])
      return [g.node('ReduceSum', [weighed, g.ints([1])], { keepdims: 1 }, { outputs: ['y'] })]
    },
    activation: 'none',
    classes: [],
    scores: ['', 1],
  },
  'Softmax, TopK': {
    end: (g, z) => {
      const p = named(g, softmax(g, z), 'p')
      g.node('TopK', [p, g.ints([3])], { axis: 1 }, { outputs: ['v', 'i'] })
      return ['v', 'i']
    },
    scores: ['p', 1],
  },
  'ArgMax of the logits alone': {
    end: (g, z) => [g.node('ArgMax', [z], { axis: 1 })],
    scores: ['', 1],
    activation: 'softmax',
  },
  'the largest of a softmax, and its place': {
    end: (g, z) => {
      const p = named(g, softmax(g, z), 'p')
      return [g.node('ReduceMax', [p], { axes: [1], keepdims: 0 }), g.node('ArgMax', [p], { axis: 1 })]
    },
    scores: ['p', 1],
  },
  'Sigmoid above a threshold': {
    end: (g, z) => {
      const p = named(g, g.node('Sigmoid', [z]), 'p')
      return [g.node('Where', [g.node('Greater', [p, number(g, 0.5)]), p, number(g, 0)])]
    },
    scores: ['p', 1],
    activation: 'sigmoid',
  },
  'ZipMap alone, of a softmax': {
    end: (g, z) => {
      const p = named(g, softmax(g, z), 'p')
      g.node('ZipMap', [p], { classlabels_int64s: [0, 1, 2, 3, 4] }, { outputs: ['zip'], domain: 'ai.onnx.ml' })
      return ['zip']
    },
    scores: ['p', 1],
  },
  'a label and probabilities': {
    end: (g, z) => [g.node('ArgMax', [z], { axis: 1 }), named(g, softmax(g, z), 'y')],
  },
  'logits and probabilities': { end: (g, z) => [z, named(g, softmax(g, z), 'y')] },
  'an embedding first': { end: (g, z) => ['flat', named(g, z, 'y')], scores: ['', 1], activation: 'softmax' },
  'an embedding of no telling name first': {
    end: (g, z) => [named(g, 'flat', 'o1'), named(g, z, 'o2')],
    scores: ['', 1],
    activation: 'softmax',
  },
}

for (const shape of [[5], [1, 1, 5], [1, 1, 1, 5], [1, 5, 1, 1], [5, 1], [1, 5, 1]]) {
  const reshaped = (g: GraphBuilder, x: string) => g.node('Reshape', [x, g.ints(shape)])
  HEADS[`softmax in parts, then [${shape}]`] = { end: (g, z) => out(g, reshaped(g, written(g, z))) }
  HEADS[`[${shape}]`] = { end: (g, z) => out(g, reshaped(g, z)), scores: ['', 1], activation: 'softmax' }
  HEADS[`[${shape}], then Softmax`] = {
    end: (g, z) => out(g, g.node('Softmax', [reshaped(g, z)], { axis: shape.indexOf(5) })),
  }
}

function network({ end, count = 5, opset = 13 }: Head): { graph: Graph; image: Float64Array } {
  const g = new GraphBuilder(opset, 'head')
  const image = g.input('image', [1, 3, 16, 16])
  const conv = g.node('Conv', [image, g.weight([6, 3, 3, 3]), g.weight([6])], { pads: [1, 1, 1, 1] })
  const features = g.node('Relu', [conv], {}, { outputs: ['features'] })
  const flat = g.node('Flatten', [g.node('GlobalAveragePool', [features])], { axis: 1 }, { outputs: ['flat'] })
  g.node('Gemm', [flat, g.weight([count, 6]), g.weight([count])], { transB: 1 }, { outputs: ['z'] })
  for (const output of end(g, 'z')) g.output(output)
  const built = g.build()
  return {
    graph: { ...built, opsets: new Map([...built.opsets, ['ai.onnx.ml', 2]]) },
    image: Float64Array.from(g.feeds.get('image')?.data ?? []),
  }
}

/** The graph as far as some of its values need it. */
function upTo(graph: Graph, values: readonly string[]): Graph {
  const needed = new Set(values)
  const nodes = graph.nodes.toReversed().filter(node => {
    if (!node.outputs.some(output => needed.has(output))) return false
    for (const input of node.inputs) needed.add(input)
    return true
  })
  return { ...graph, nodes: nodes.toReversed() }
}

function close(found: ArrayLike<number>, right: ArrayLike<number>, what: string): void {
  expect(found.length, what).toBe(right.length)
  const most = Math.max(...Array.from(right, Math.abs), 1e-6)
  for (let i = 0; i < right.length; i++)
    // float32 through some ten operators
    expect(Math.abs((found[i] ?? Number.NaN) - (right[i] ?? 0)) / most, `${what}, ${i}`).toBeLessThan(1e-4)
}

describe('the answer is of the logits, and the probabilities are the file’s, whatever comes after them', () => {
  it.each(Object.entries(HEADS))('%s', async (name, head) => {
    const { graph, image } = network(head)
    const { count = 5, activation = 'softmax', reading = {} } = head
    const own = head.classes?.length === 0 || head.shape?.length === 0 ? 'y' : 'z'
    const order = own === 'y' && head.classes ? [0, -1] : (head.classes ?? Array.from({ length: count }, (_, k) => k))
    const [scores, factor] = head.scores ?? ['y', 1]
    const run = await Network.create(analyze(graph, reading), runtime)
    expect([run.layout.answer.activation, run.layout.classes], name).toEqual([activation, order.length])
    const sight = await run.forward(Float32Array.from(image))

    const feeds = new Map([['image', { dims: [1, 3, 16, 16], data: image }]])
    const right = () => evaluate(upTo(graph, [own, scores || own]), feeds)
    const values = right().values
    const z = values.get(own)?.data ?? new Float64Array()
    const signed = order.map(k => (k < 0 ? -(z[-1 - k] ?? 0) : (z[k] ?? 0)))
    close(sight.logits, signed, `${name}: logits`)
    if (scores !== '') {
      const p = Array.from(values.get(scores)?.data ?? [], value => value / factor)
      const both = p.length < order.length ? [...p, 1 - (p[0] ?? 0)] : p
      close(sight.probabilities, both, `${name}: probabilities`)
    }
    for (const [c, k] of order.entries()) {
      const seed = new Float64Array(z.length)
      seed[k < 0 ? -1 - k : k] = k < 0 ? -1 : 1
      const found = gradients(right(), own, seed, ['image', 'features'])
      close(await gradientOf(sight, 'saliency', c), found.get('image')?.data ?? [], `${name}: gradient of ${c}`)
      const at = found.get('features')?.data ?? new Float64Array()
      const weights = Array.from(
        { length: 6 },
        (_, j) => at.slice(256 * j, 256 * (j + 1)).reduce((a, b) => a + b) / 256,
      )
      const layer = run.layout.hookPoints.find(({ value }) => value === 'features')?.path ?? ''
      const map = await mapOf(sight, 'gradcam', layer, c)
      close(map.weights, weights, `${name}: Grad-CAM of ${c}`)
      if (own === 'z') {
        const cam = await mapOf(sight, 'cam', layer, c)
        close(
          cam.weights,
          weights.map(w => w * 256),
          `${name}: CAM of ${c}`,
        )
      }
    }
  })
})

describe('what cannot be compared is refused', () => {
  it.each<[string, End, RegExp]>([
    ['a Softmax along the batch', (g, z) => out(g, g.node('Softmax', [z], { axis: 0 })), /"y" is 1 for every class/],
    ['the same in parts', (g, z) => out(g, written(g, z, [0])), /"y" is 1 for every class/],
    [
      'a Softmax along the last of [1, 6, 1, 1]',
      (g, z) => out(g, g.node('Softmax', [g.node('Reshape', [z, g.ints([1, 6, 1, 1])])], { axis: -1 })),
      /"y" is 1 for every class/,
    ],
    [
      'two groups of three',
      (g, z) => {
        const grouped = g.node('Softmax', [g.node('Reshape', [z, g.ints([1, 2, 3])])], { axis: 2 })
        return out(g, g.node('Reshape', [grouped, g.ints([1, 6])]))
      },
      /"y" is several groups of 3 classes/,
    ],
  ])('%s', (_, end, message) => {
    const { graph } = network({ end, count: 6 })
    expect(() => analyze(graph)).toThrow(message)
    expect(analyze(graph, { activation: 'softmax' }).layout.answer).toMatchObject({ logits: 'z', knownFrom: 'user' })
  })

  it('a softmax of one number, also when it is asked for', () => {
    expect(() => analyze(network({ end: (g, z) => out(g, softmax(g, z)), count: 1 }).graph)).toThrow(/is 1 for every/)
    const plain = network({ end: (g, z) => out(g, z), count: 1 }).graph
    expect(() => analyze(plain, { activation: 'softmax' })).toThrow(/is one number/)
  })

  it('maps of classes: segmentation', () => {
    const g = new GraphBuilder(13, 'segmentation')
    const conv = g.node('Conv', [g.input('image', [1, 3, 16, 16]), g.weight([4, 3, 3, 3])])
    g.output(g.node('Softmax', [conv], { axis: 1 }))
    expect(() => analyze(g.build())).toThrow(/no image classifier/)
  })
})

describe('of several outputs', () => {
  const two: End = (g, z) => {
    g.node('Gemm', ['flat', g.weight([3, 6])], { transB: 1 }, { outputs: ['second'] })
    return [named(g, z, 'first'), named(g, g.node('Softmax', ['second']), 'third')]
  }

  it('the one after a softmax is taken, the others are named', () => {
    const { answer } = analyze(network({ end: two }).graph).layout
    expect(answer).toMatchObject({ output: 'third', logits: 'second', others: [{ output: 'first', count: 5 }] })
    expect(answer.because).toMatch(/softmax/)
  })

  it('the one with as many classes as there are names', () => {
    const { answer } = analyze(network({ end: two }).graph, { labels: 5 }).layout
    expect([answer.output, answer.because]).toEqual(['first', 'it has as many classes as there are names, 5'])
  })

  it('the one that is asked for', () => {
    expect(analyze(network({ end: two }).graph, { output: 'first' }).layout.answer.logits).toBe('z')
  })

  it('places, names and truths beside are told as such', () => {
    const end: End = (g, z) => [
      g.node('ArgMax', [z], { axis: 1 }, { outputs: ['label'] }),
      named(g, z, 'y'),
      g.node('Greater', [z, number(g, 0)], {}, { outputs: ['is_there'] }),
    ]
    expect(analyze(network({ end }).graph).layout.answer).toMatchObject({
      output: 'y',
      others: [],
      aside: ['label', 'is_there'],
    })
  })
})

describe('thousands of classes', () => {
  it('a softmax in parts over 21,841 is read before the time limit', () => {
    const { graph } = network({ end: (g, z) => out(g, written(g, z)), count: 21_841 })
    expect(analyze(graph).layout.answer).toMatchObject({ logits: 'z', activation: 'softmax' })
  }, 30_000)

  it('constants of many numbers give the order as well', () => {
    const order = Array.from({ length: 1000 }, (_, k) => (k * 7) % 1000)
    const end: End = (g, z) => out(g, g.node('Gather', [softmax(g, z), g.ints(order)], { axis: 1 }))
    const { classes } = analyze(network({ end, count: 1000 }).graph).layout.answer
    expect(classes.map(({ index }) => index)).toEqual(order)
  })
})
