import { describe, expect, it } from 'vitest'
import { int } from '../../src/graph/attributes'
import { floatTensor } from '../../src/graph/tensors'
import { toFloat32 } from '../../src/graph/to-float32'
import type { Graph, Tensor } from '../../src/graph/types'
import { GraphBuilder } from '../support/build'

const VALUES = [1, -2.5, 0, 65504, 2 ** -24]

const TENSORS: readonly (Tensor & { readonly values: readonly number[] })[] = [
  {
    type: 'float16',
    dims: [5],
    bytes: new Uint8Array(Uint16Array.of(0x3c00, 0xc100, 0, 0x7bff, 1).buffer),
    values: VALUES,
  },
  { type: 'float64', dims: [5], bytes: new Uint8Array(Float64Array.from(VALUES).buffer), values: VALUES },
  { type: 'bfloat16', dims: [2], bytes: new Uint8Array(Uint16Array.of(0x3f80, 0xc020).buffer), values: [1, -2.5] },
]

function graphOf(tensor: Tensor, input: Tensor['type']): Graph {
  const g = new GraphBuilder()
  g.constant('w', tensor)
  g.node('Cast', ['w'], { to: 1 })
  g.node('Constant', [], { value: { kind: 'tensor', value: tensor } })
  return { ...g.build(), inputs: [{ name: 'x', type: input, dims: [1] }] }
}

describe.each(TENSORS)('a network in $type', ({ values, ...tensor }) => {
  it('computes in float32 with the same numbers, wherever they stand', () => {
    const graph = toFloat32(
      graphOf({ ...tensor, bytes: new Uint8Array([0, ...tensor.bytes]).subarray(1) }, tensor.type),
    )
    const expected = floatTensor(tensor.dims, values)
    expect(graph.constants.get('w')).toEqual(expected)
    expect(graph.inputs[0]?.type).toBe('float32')
    expect(graph.nodes[1]?.attributes.get('value')).toEqual({ kind: 'tensor', value: expected })
  })

  it('that only keeps its weights in it stays as it is', () => {
    const graph = graphOf(tensor, 'float32')
    expect(toFloat32(graph)).toBe(graph)
  })
})

it('a cast to float16 becomes one to float32', () => {
  const g = new GraphBuilder()
  g.node('Cast', [g.input('x', [1])], { to: 10 })
  expect(toFloat32(g.build()).nodes[0]?.attributes.get('to')).toEqual(int(1))
})

it('a network that computes in double inside of an If alone computes in float32 there', () => {
  const inner = new GraphBuilder()
  inner.node('Cast', ['x'], { to: 11 })
  inner.node('RandomNormalLike', ['x'], { dtype: 11 })
  const { nodes } = inner.build()
  const body = { name: 'b', inputs: [], nodes, constants: new Map(), outputs: [] }
  const g = new GraphBuilder()
  g.node('If', ['c'], { then_branch: { kind: 'graph', value: body } })
  const told = { name: 'd', type: 'float64' as const, dims: [1] }
  const graph = toFloat32({ ...g.build(), valueInfo: [told] })
  const branch = graph.nodes[0]?.attributes.get('then_branch')
  const inside = branch?.kind === 'graph' ? branch.value.nodes : []
  expect(inside.map(({ attributes }) => [...attributes.values()])).toEqual([[int(1)], [int(1)]])
  expect(graph.valueInfo).toEqual([{ ...told, type: 'float32' }])
})
