import { describe, expect, it } from 'vitest'
import { analyze, findHookPoint } from '../../src/analysis/analyze'
import { Network } from '../../src/engine/network'
import type { Graph } from '../../src/graph/types'
import { GraphBuilder } from '../support/build'
import { runtime } from '../support/engine'
import { mapOf } from '../support/explain'

const SIDE = 16
const C = 8

const conv = (g: GraphBuilder, x: string, to: number, from: number) =>
  g.node('Conv', [x, g.weight([to, from, 3, 3])], { pads: [1, 1, 1, 1], strides: [2, 2] })
const toLast = (g: GraphBuilder, x: string) => g.node('Transpose', [x], { perm: [0, 2, 3, 1] })
const toFirst = (g: GraphBuilder, x: string) => g.node('Transpose', [x], { perm: [0, 3, 1, 2] })
const named = (g: GraphBuilder, op: string, inputs: string[]) => g.node(op, inputs, {}, { outputs: ['wanted'] })
const mean = (g: GraphBuilder, x: string, axes: number[]) => g.node('ReduceMean', [x], { axes, keepdims: 0 })
const classes = (g: GraphBuilder, x: string) => g.output(g.node('Gemm', [x, g.weight([C, 5])])).build()

/** Networks whose default hook point is the value "wanted". */
const CASES: readonly { name: string; build: (g: GraphBuilder, x: string) => Graph }[] = [
  {
    name: 'a ReLU of channels last, between Transposes',
    build: (g, x) =>
      classes(
        g,
        g.node('Flatten', [g.node('GlobalAveragePool', [toFirst(g, named(g, 'Relu', [toLast(g, conv(g, x, C, 3))]))])]),
      ),
  },
  {
    name: 'a ReLU of channels last, before a mean over rows and columns',
    build: (g, x) => classes(g, mean(g, named(g, 'Relu', [toLast(g, conv(g, x, C, 3))]), [1, 2])),
  },
  {
    name: 'a ReLU behind a residual sum of channels last',
    build: (g, x) => {
      const first = g.node('Relu', [toLast(g, conv(g, x, C, 3))])
      const sum = g.node('Add', [first, g.node('MatMul', [first, g.weight([C, C])])])
      return classes(g, mean(g, named(g, 'Relu', [sum]), [1, 2]))
    },
  },
  {
    name: 'a layer with its ReLU behind the last residual sum of channels last',
    build: (g, x) => {
      const first = toLast(g, conv(g, x, C, 3))
      const sum = g.node('Add', [first, g.node('Relu', [g.node('MatMul', [first, g.weight([C, C])])])])
      return classes(g, mean(g, named(g, 'Relu', [g.node('MatMul', [sum, g.weight([C, C])])]), [1, 2]))
    },
  },
  {
    name: 'the residual sum before a last normalisation',
    build: (g, x) => {
      const first = toLast(g, conv(g, x, C, 3))
      const sum = named(g, 'Add', [first, g.node('MatMul', [first, g.weight([C, C])])])
      const normal = g.node('LayerNormalization', [sum, g.weight([C]), g.weight([C])])
      return classes(g, mean(g, normal, [1, 2]))
    },
  },
]

describe('the default hook point', () => {
  it.each(CASES)('is $name', ({ build }) => {
    const g = new GraphBuilder(17)
    const analyzed = analyze(build(g, g.input('x', [1, 3, SIDE, SIDE])))
    expect(findHookPoint(analyzed, analyzed.layout.layer).value).toBe('wanted')
  })
})

/** Tokens of a picture with others around them, one layer of attention, and what the classes read of them. */
function transformer(
  around: { readonly before?: number; readonly after?: number },
  read: (g: GraphBuilder, x: string) => string,
): Graph {
  const g = new GraphBuilder(17, 'tokens')
  const { before = 0, after = 0 } = around
  const count = before + 16 + after
  const patches = g.node('Conv', [g.input('x', [1, 3, SIDE, SIDE]), g.weight([C, 3, 4, 4])], { strides: [4, 4] })
  const tokens = g.node('Transpose', [g.node('Reshape', [patches, g.ints([1, C, 16])])], { perm: [0, 2, 1] })
  const parts = [...(before ? [g.weight([1, before, C])] : []), tokens, ...(after ? [g.weight([1, after, C])] : [])]
  const all = g.node('Add', [g.node('Concat', parts, { axis: 1 }), g.weight([1, count, C])])
  const heads = (x: string, perm: number[]) =>
    g.node('Transpose', [g.node('Reshape', [g.node('MatMul', [x, g.weight([C, C])]), g.ints([1, count, 2, 4])])], {
      perm,
    })
  const scores = g.node('MatMul', [heads(all, [0, 2, 1, 3]), heads(all, [0, 2, 3, 1])], {}, { outputs: ['scores'] })
  const biased = g.node('Add', [scores, g.weight([1, 2, count, count])], {}, { outputs: ['biased'] })
  const attention = g.node('Softmax', [biased], { axis: -1 }, { outputs: ['attention'] })
  const mixed = g.node('MatMul', [attention, heads(all, [0, 2, 1, 3])])
  const back = g.node('Reshape', [g.node('Transpose', [mixed], { perm: [0, 2, 1, 3] }), g.ints([1, count, C])])
  return classes(g, read(g, g.node('Add', [all, back])))
}

const token = (g: GraphBuilder, x: string, at: number) => g.node('Gather', [x, g.ints([at], [])], { axis: 1 })

const TOKENS: readonly {
  name: string
  before?: number
  after?: number
  read: (g: GraphBuilder, x: string) => string
}[] = [
  { name: 'a class token at the beginning', before: 1, read: (g, x) => token(g, x, 0) },
  { name: 'a class token at the end', after: 1, read: (g, x) => token(g, x, -1) },
  {
    name: 'a class token at the end, sliced',
    after: 1,
    read: (g, x) =>
      g.node('Squeeze', [g.node('Slice', [x, g.ints([-1]), g.ints([2 ** 31 - 1]), g.ints([1])]), g.ints([1])]),
  },
  {
    name: 'a class and a distillation token',
    before: 2,
    read: (g, x) => g.node('Add', [token(g, x, 0), token(g, x, 1)]),
  },
  { name: 'a class token and registers behind', before: 1, after: 4, read: (g, x) => token(g, x, 0) },
  {
    name: 'registers left out of a mean',
    before: 5,
    read: (g, x) => mean(g, g.node('Slice', [x, g.ints([5]), g.ints([21]), g.ints([1])]), [1]),
  },
  { name: 'a mean over all tokens', before: 1, after: 1, read: (g, x) => mean(g, x, [1]) },
]

describe('tokens around those of the picture', () => {
  it.each(TOKENS)('$name: the default map is one of the picture, and not 0', async ({ read, ...around }) => {
    const analyzed = analyze(transformer(around, read))
    const point = findHookPoint(analyzed, analyzed.layout.layer)
    expect(point.grid).toMatchObject({ channels: C, height: 4, width: 4 })
    expect(point.gradient).toEqual({ ok: true })
    const network = await Network.create(analyzed, runtime)
    const image = Float32Array.from({ length: 3 * SIDE * SIDE }, (_, i) => Math.sin(i * 0.37))
    const run = await network.forward(image)
    const weights = []
    for (const target of [0, 1, 2, 3, 4]) weights.push(...(await mapOf(run, 'gradcam', point.path, target)).weights)
    expect(Math.max(...weights.map(Math.abs))).toBeGreaterThan(1e-4)
    run.dispose()
    await network.dispose()
  })

  it('scores, biased scores and attention are a kind of their own, and no layer of a method', async () => {
    const analyzed = analyze(transformer({ before: 1 }, (g, x) => token(g, x, 0)))
    const pairs = analyzed.layout.hookPoints.filter(({ kind }) => kind === 'attention')
    expect(pairs.map(({ value }) => value)).toEqual(['scores', 'biased', 'attention'])
    const reason = expect.stringMatching(/is attention, \[1, 2, 17, 17\]: its rows and columns are tokens/)
    for (const { map, gradient, classWeights, grid } of pairs) {
      expect(grid).toBeUndefined()
      for (const none of [map, gradient, classWeights])
        expect(none).toEqual({ ok: false, code: 'no-spatial-extent', reason })
    }
    const network = await Network.create(analyzed, runtime)
    const run = await network.forward(new Float32Array(3 * SIDE * SIDE))
    await expect(run.features(pairs[0]?.path ?? '')).rejects.toMatchObject({
      code: 'no-spatial-extent',
      message: reason,
    })
    run.dispose()
    await network.dispose()
  })
})
