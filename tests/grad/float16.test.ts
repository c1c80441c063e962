import { describe, expect, it } from 'vitest'
import { GATED_RULES, GATES, GRADIENT_KINDS, type GradientKind } from '../../src/grad/rules/gated'
import { float } from '../../src/graph/attributes'
import { floatsAs, fromHalf, numbersOf, toHalf } from '../../src/graph/elements'
import { indexGraph } from '../../src/graph/graph-index'
import { inferShapes } from '../../src/graph/shapes'
import type { Graph } from '../../src/graph/types'
import { GraphBuilder } from '../support/build'
import { ndArray } from '../support/reference/array'
import { engineGradients } from './check'

const SIZE = 8

/** Convolutions, pools, a token layer with LayerNormalization and attention, and classes. */
function network(): Graph {
  const g = new GraphBuilder(17, 'half')
  const conv = g.node('Conv', [g.input('image', [1, 3, SIZE, SIZE]), g.weight([4, 3, 3, 3]), g.weight([4])], {
    pads: [1, 1, 1, 1],
  })
  const six = g.node('Clip', [conv, g.weight([], [0]), g.weight([], [6])], {}, { outputs: ['early'] })
  const most = g.node('MaxPool', [six], { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] })
  const mean = g.node('AveragePool', [most], { kernel_shape: [2, 2], pads: [0, 0, 1, 1] })
  const relu = g.node(
    'Relu',
    [g.node('Sub', [mean, g.weight([4, 1, 1], [0.1, 0.2, 0.3, 0.1])])],
    {},
    { outputs: ['late'] },
  )
  const tokens = g.node('Transpose', [g.node('Reshape', [relu, g.ints([1, 4, 16])])], { perm: [0, 2, 1] })
  const normal = g.node('LayerNormalization', [tokens, g.weight([4]), g.weight([4])], { epsilon: float(1e-3) })
  const keys = g.node('MatMul', [normal, g.weight([4, 4])])
  const seen = g.node('Softmax', [g.node('MatMul', [normal, g.node('Transpose', [keys], { perm: [0, 2, 1] })])])
  const gelu = g.node('Erf', [g.node('MatMul', [seen, keys])])
  const flat = g.node('ReduceMean', [gelu], { axes: [1], keepdims: 0 })
  g.node('Gemm', [flat, g.weight([4, 5]), g.weight([5])], {}, { outputs: ['logits'] })
  return g.output('logits').build()
}

/** The same in 16 bits between a Cast of the picture and a Cast of the logits. */
function halved(graph: Graph): Graph {
  const constants = new Map(
    [...graph.constants].map(([name, tensor]) => {
      const half = tensor.type === 'float32' ? floatsAs('float16', tensor.dims, numbersOf(tensor) ?? []) : tensor
      if (!half) throw new Error(`${name} has no numbers`)
      return [name, half] as const
    }),
  )
  const rename = (name: string) => (name === 'image' ? 'half' : name)
  const casts = new GraphBuilder()
  casts.node('Cast', ['image'], { to: 10 }, { outputs: ['half'] })
  casts.node('Cast', ['logits'], { to: 1 }, { outputs: ['whole'] })
  const [first, last] = casts.build().nodes
  const nodes = graph.nodes.map(node => ({ ...node, inputs: node.inputs.map(rename) }))
  return {
    ...graph,
    constants,
    nodes: [...(first ? [first] : []), ...nodes, ...(last ? [last] : [])],
    outputs: ['whole'],
  }
}

/** d Σ seed·logits / d image by the rules of every kind of input gradient. */
async function gradient(graph: Graph, kind: GradientKind): Promise<Float64Array> {
  // No two places of a pool tie when rounded.
  const image = ndArray(
    [1, 3, SIZE, SIZE],
    Float32Array.from({ length: 3 * SIZE * SIZE }, (_, i) => Math.sin(i * i * 0.37)),
  )
  const [output = ''] = graph.outputs
  const graphIndex = indexGraph(graph)
  const shapes = inferShapes(graphIndex, new Map([['image', image.dims]]))
  const feeds = new Map([['image', image]])
  for (const gate of GATES) {
    shapes.set(gate, { type: 'float32', dims: [1] })
    feeds.set(gate, ndArray([1], [GRADIENT_KINDS[kind][gate]]))
  }
  const prepared = { graph, graphIndex, shapes, feeds, output, seed: ndArray([1, 5], [1, -2, 0.5, 1, 0.25]) }
  const { gradients } = await engineGradients(prepared, ['image'], GATED_RULES)
  return gradients.get('image')?.data ?? new Float64Array(0)
}

describe('what is computed in float16 has gradients in float16', () => {
  it.each(['saliency', 'guided', 'deconvnet'] as const)('%s is that of float32, but for rounding', async kind => {
    const graph = network()
    const [half, whole] = [await gradient(halved(graph), kind), await gradient(graph, kind)]
    expect(half).toHaveLength(whole.length)
    const scale = Math.max(...whole.map(Math.abs))
    const worst = Math.max(...whole.map((value, i) => Math.abs(value - (half[i] ?? Number.NaN))))
    // Ten bits of fraction, 5e-4 a rounding, over some twenty operators.
    expect(worst).toBeLessThanOrEqual(2e-2 * scale)
    expect(worst).toBeGreaterThan(1e-5 * scale)
  })
})

describe('float16 numbers', () => {
  it('every pattern of bits is itself again', () => {
    for (let bits = 0; bits < 0x10000; bits++) {
      const isNan = (bits & 0x7c00) === 0x7c00 && (bits & 0x3ff) !== 0
      if (isNan) expect(fromHalf(bits)).toBeNaN()
      else if (toHalf(fromHalf(bits)) !== bits) expect(toHalf(fromHalf(bits))).toBe(bits)
    }
  })

  it.each([
    [1, 0x3c00],
    [-2, 0xc000],
    [65504, 0x7bff],
    [65519, 0x7bff],
    [65520, 0x7c00],
    [-1e9, 0xfc00],
    [2 ** -24, 1],
    [2 ** -25, 0],
    [1.5 * 2 ** -24, 2],
    [1 + 2 ** -11, 0x3c00],
    [1 + 3 * 2 ** -11, 0x3c02],
    [2047.9, 0x6800],
    [1 / 3, 0x3555],
  ])('%d is rounded to the nearest, half to even', (value, bits) => {
    expect(toHalf(value)).toBe(bits)
  })
})
