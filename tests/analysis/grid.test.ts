import { describe, expect, it } from 'vitest'
import { type Grid, planes, readGrids } from '../../src/analysis/grid'
import { indexGraph } from '../../src/graph/graph-index'
import { inferShapes } from '../../src/graph/shapes'
import { GraphBuilder } from '../support/build'

const FIRST = ['one', 'channel', 'height', 'width'] as const
const LAST = ['one', 'height', 'width', 'channel'] as const

function read(g: GraphBuilder, target: string, dims: readonly number[], layout: 'nchw' | 'nhwc' = 'nchw') {
  const graphIndex = indexGraph(g.output(target).build())
  return readGrids(
    graphIndex,
    inferShapes(graphIndex, new Map([['x', dims]])),
    { name: 'x', axes: layout === 'nchw' ? FIRST : LAST },
    target,
  )
}

/** The place of [c, y, x] in a value. */
const at = ({ offset, strides: [c, y, x] }: Grid, channel: number, row: number, column: number) =>
  offset + c * channel + y * row + x * column

describe('where the places of a value lie', () => {
  it('channels first, and channels last', () => {
    const g = new GraphBuilder()
    const last = g.node('Transpose', [g.input('x', [1, 3, 4, 5])], { perm: [0, 2, 3, 1] })
    const { grids } = read(g, last, [1, 3, 4, 5])
    expect(grids.get('x')).toEqual({ channels: 3, height: 4, width: 5, offset: 0, strides: [20, 5, 1] })
    expect(grids.get(last)).toEqual({ channels: 3, height: 4, width: 5, offset: 0, strides: [1, 15, 3] })
  })

  it('of a picture that comes channels last', () => {
    const g = new GraphBuilder()
    const relu = g.node('Relu', [g.input('x', [1, 4, 5, 3])])
    expect(read(g, relu, [1, 4, 5, 3], 'nhwc').grids.get(relu)).toMatchObject({ channels: 3, height: 4, width: 5 })
  })

  it('tokens of a single channel', () => {
    const g = new GraphBuilder()
    const grey = g.node('Conv', [g.input('x', [1, 3, 4, 6]), g.weight([1, 3, 2, 2])], { strides: [2, 2] })
    const flat = g.node('Reshape', [grey, g.ints([1, 1, 6])])
    const tokens = g.node('Transpose', [flat], { perm: [0, 2, 1] })
    const linear = g.node('MatMul', [tokens, g.weight([1, 4])])
    const { grids } = read(g, g.node('ReduceMean', [linear], { axes: [1] }), [1, 3, 4, 6])
    expect(grids.get(flat)).toMatchObject({ channels: 1, height: 2, width: 3, strides: [6, 3, 1] })
    expect(grids.get(tokens)).toMatchObject({ channels: 1, height: 2, width: 3, strides: [1, 3, 1] })
    expect(grids.get(linear)).toMatchObject({ channels: 4, height: 2, width: 3, strides: [1, 12, 4] })
  })

  it('tokens after a class token, which are read by attention and not after it', () => {
    const g = new GraphBuilder()
    const C = 8
    const patches = g.node('Conv', [g.input('x', [1, 3, 4, 6]), g.weight([C, 3, 2, 2])], { strides: [2, 2] })
    const flat = g.node('Reshape', [patches, g.ints([1, C, 6])])
    const tokens = g.node('Transpose', [flat], { perm: [0, 2, 1] })
    const all = g.node('Concat', [g.weight([1, 1, C]), tokens], { axis: 1 })
    const [q, k, v] = [0, 1, 2].map(() => g.node('MatMul', [all, g.weight([C, C])]))
    const weights = g.node('Softmax', [
      g.node('MatMul', [q ?? '', g.node('Transpose', [k ?? ''], { perm: [0, 2, 1] })]),
    ])
    const mixed = g.node('MatMul', [weights, v ?? ''])
    const sum = g.node('Add', [all, mixed])
    const first = g.node('Gather', [sum, g.ints([0], [])], { axis: 1 })
    const logits = g.node('Gemm', [first, g.weight([C, 4])])
    const { grids, unread } = read(g, logits, [1, 3, 4, 6])
    const grid = grids.get(sum)
    expect(grid).toMatchObject({ channels: C, height: 2, width: 3, offset: C })
    expect(grid && at(grid, 5, 1, 2)).toBe((1 + 5) * C + 5)
    expect(grids.get(flat)).toMatchObject({ channels: C, height: 2, width: 3, offset: 0, strides: [6, 3, 1] })
    expect(grids.get(weights)).toBeUndefined()
    expect([all, tokens, patches, v].map(value => unread.has(value ?? ''))).toEqual([false, false, false, false])
    expect([sum, q].map(value => unread.has(value ?? ''))).toEqual([true, true])
  })

  it('channels that are shuffled through five axes come back; heads of attention are no map', () => {
    const g = new GraphBuilder()
    const five = g.node('Reshape', [g.input('x', [1, 4, 6, 6]), g.ints([1, 2, 2, 6, 6])])
    const turned = g.node('Transpose', [five], { perm: [0, 2, 1, 3, 4] })
    const back = g.node('Reshape', [turned, g.ints([1, -1, 6, 6])])
    const heads = g.node('Reshape', [back, g.ints([1, 12, 2, 6])])
    const { grids } = read(g, heads, [1, 4, 6, 6])
    expect(grids.get(turned)).toBeUndefined()
    expect(grids.get(back)).toMatchObject({ channels: 4, height: 6, width: 6 })
    expect(grids.get(heads)).toBeUndefined()
  })

  it('windows are put together again', () => {
    const g = new GraphBuilder()
    const last = g.node('Transpose', [g.input('x', [1, 3, 4, 4])], { perm: [0, 2, 3, 1] })
    const cut = g.node('Reshape', [last, g.ints([1, 2, 2, 2, 2, 3])])
    const windows = g.node('Reshape', [g.node('Transpose', [cut], { perm: [0, 1, 3, 2, 4, 5] }), g.ints([4, 4, 3])])
    const wide = g.node('Reshape', [windows, g.ints([1, 2, 2, 2, 2, 3])])
    const whole = g.node('Reshape', [g.node('Transpose', [wide], { perm: [0, 1, 3, 2, 4, 5] }), g.ints([1, 4, 4, 3])])
    const { grids } = read(g, whole, [1, 3, 4, 4])
    expect(grids.get(windows)).toBeUndefined()
    expect(grids.get(whole)).toMatchObject({ channels: 3, height: 4, width: 4, strides: [1, 12, 3] })
  })
})

it('planes are [C, H, W], and the same array where they lie so already', () => {
  const values = Float32Array.from({ length: 12 }, (_, i) => i)
  const first: Grid = { channels: 3, height: 2, width: 2, offset: 0, strides: [4, 2, 1] }
  expect(planes(values, first)).toBe(values)
  const last: Grid = { ...first, strides: [1, 6, 3] }
  expect([...planes(values, last)]).toEqual([0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11])
  const tokens: Grid = { channels: 3, height: 1, width: 3, offset: 3, strides: [1, 9, 3] }
  expect([...planes(values, tokens)]).toEqual([3, 6, 9, 4, 7, 10, 5, 8, 11])
})
