import { describe, expect, it } from 'vitest'
import { HookscopeError } from '../../src/errors'
import { backward, obstacles } from '../../src/grad/backward'
import { indexGraph } from '../../src/graph/graph-index'
import { inferShapes } from '../../src/graph/shapes'
import { GraphBuilder } from '../support/build'

interface Refused {
  readonly name: string
  readonly opset?: number
  readonly build: (g: GraphBuilder) => string
  readonly sentence: string
}

const after = 'Choose a layer after it.'

/** Whole numbers that depend on what is fed. */
const fed = (g: GraphBuilder, count: number): string => g.node('Cast', [g.input('n', [count])], { to: 7 })

const named = { name: 'here', outputs: ['y'] }

const REFUSED: readonly Refused[] = [
  {
    name: 'resizing of a part',
    build: g => {
      const part = g.weight([8], [0, 0, 0, 0, 1, 1, 0.5, 0.5])
      const inputs = [g.input('x', [1, 1, 4, 4]), part, '', g.ints([1, 1, 2, 2])]
      const attributes = { mode: 'linear', coordinate_transformation_mode: 'tf_crop_and_resize' }
      return g.node('Resize', inputs, attributes, named)
    },
    sentence: `No gradient can pass Resize "here" (opset 17): only resizing of the whole picture has a rule. ${after}`,
  },
  {
    name: 'a slice whose bounds a run decides',
    build: g => g.node('Slice', [g.input('x', [4]), fed(g, 1), g.ints([4])], {}, named),
    sentence: `No gradient can pass Slice "here" (opset 17): its bounds are no constants. ${after}`,
  },
  {
    name: 'parts whose sizes a run decides',
    build: g => g.node('Split', [g.input('x', [4]), fed(g, 2)], {}, { name: 'here', outputs: ['y', 'z'] }),
    sentence: `No gradient can pass Split "here" (opset 17): the sizes of its parts are no constants. ${after}`,
  },
  {
    name: 'sums over axes that a run decides',
    build: g => g.node('ReduceSum', [g.input('x', [4, 4]), fed(g, 1)], {}, named),
    sentence: `No gradient can pass ReduceSum "here" (opset 17): its axes are no constants. ${after}`,
  },
  {
    name: 'padding that a run decides',
    build: g => g.node('Pad', [g.input('x', [4]), fed(g, 2)], {}, named),
    sentence: `No gradient can pass Pad "here" (opset 17): its amounts are no constants. ${after}`,
  },
  {
    name: 'a bound that moves',
    build: g => g.node('Clip', [g.input('x', [4]), g.node('ReduceMax', ['x'], { keepdims: 0 })], {}, named),
    sentence: `No gradient can be written through input 1 of Clip "here", which is not a constant. ${after}`,
  },
  {
    name: 'quantization in blocks',
    opset: 21,
    build: g => {
      const scales = g.weight([2, 1], [0.1, 0.2])
      const whole = g.node('QuantizeLinear', [g.input('x', [2, 4]), scales], { axis: 1, block_size: 4 })
      return g.node('DequantizeLinear', [whole, scales], { axis: 1, block_size: 4 }, named)
    },
    sentence: `No gradient can pass DequantizeLinear "here" (opset 21): quantization in blocks has no rule. ${after}`,
  },
  {
    name: 'a picture blown up beyond memory',
    build: g =>
      g.node(
        'Resize',
        [g.input('x', [1, 1, 4, 4]), '', '', g.ints([1, 1, 2 ** 30, 2 ** 30])],
        { mode: 'linear' },
        named,
      ),
    sentence: `The gradient of "here" would need a constant of [1073741824, 4] numbers, which is too large. ${after}`,
  },
  {
    name: 'a window beyond memory',
    build: g => {
      const pads = [0, 0, 2 ** 14, 2 ** 14]
      return g.node('AveragePool', [g.input('x', [1, 1, 4, 4])], { kernel_shape: [2 ** 14, 2 ** 14], pads }, named)
    },
    sentence: `The gradient of "here" would need a constant of [16384, 16384] numbers, which is too large. ${after}`,
  },
  ...['Loop', 'Scan', 'LSTM', 'NonMaxSuppression', 'DeformConv'].map(op => ({
    name: op,
    build: (g: GraphBuilder) => g.node(op, [g.input('x', [4])], {}, named),
    sentence: `No gradient can pass ${op} "here" (opset 17): there is no rule for this operator. ${after}`,
  })),
]

describe('what has no gradient is refused by name, before anything runs and when it is asked for', () => {
  it.each(REFUSED)('$name', ({ build, opset, sentence }) => {
    const g = new GraphBuilder(opset ?? 17)
    const y = build(g)
    const graphIndex = indexGraph(g.output(y).build())
    const shapes = inferShapes(graphIndex, new Map([...g.feeds].map(([input, { dims }]) => [input, dims])))
    for (const value of graphIndex.nodes.at(-1)?.outputs ?? [])
      if (!shapes.has(value)) shapes.set(value, { type: 'float32', dims: [4] })
    const found = obstacles(graphIndex, shapes, y).get('x')
    expect(found?.sentence).toBe(sentence)
    expect(found?.node.name).toBe('here')
    const asked = () => backward(graphIndex, shapes, { known: [y], wanted: ['x'] })
    expect(asked).toThrow(HookscopeError)
    expect(asked).toThrow(sentence)
  })

  it('one operator in a corner closes what lies behind it alone', () => {
    const g = new GraphBuilder()
    const x = g.input('x', [1, 2, 4, 4])
    g.node('Relu', [x], {}, { outputs: ['a'] })
    g.node('RotaryEmbedding', ['a'], {}, { outputs: ['odd'] })
    g.node('Relu', ['odd'], {}, { outputs: ['b'] })
    g.node('Tanh', [x], {}, { outputs: ['c'] })
    g.node('Add', ['b', g.node('Mul', ['c', g.weight([])])], {}, { outputs: ['y'] })
    const graphIndex = indexGraph(g.output('y').build())
    const found = obstacles(graphIndex, inferShapes(graphIndex, new Map([['x', [1, 2, 4, 4]]])), 'y')
    const state = (value: string) => found.get(value)?.node.op ?? found.get(value)
    expect(['odd', 'b', 'c', 'a', 'x'].map(state)).toEqual([null, null, null, 'RotaryEmbedding', 'RotaryEmbedding'])
  })
})
