import { describe, expect, it } from 'vitest'
import type { Graph } from '../../src/graph/types'
import { maxPoolGradient } from '../support/reference/windows'
import { engineGradients, expectClose, prepare } from './check'

const POOLS = [
  { name: 'overlapping', dims: [2, 2, 7, 7], attributes: { kernel_shape: [3, 3], strides: [2, 2] } },
  { name: 'stride 1', dims: [1, 2, 5, 6], attributes: { kernel_shape: [3, 2] } },
  { name: 'pads', dims: [1, 1, 6, 5], attributes: { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] } },
  { name: 'ceil_mode', dims: [1, 1, 6, 8], attributes: { kernel_shape: [3, 3], strides: [2, 2], ceil_mode: 1 } },
  { name: 'dilations', dims: [1, 2, 8, 7], attributes: { kernel_shape: [2, 3], dilations: [3, 2], strides: [2, 1] } },
  { name: '1-D', dims: [2, 1, 9], attributes: { kernel_shape: [4], strides: [2], pads: [1, 2] } },
]

/** Few different values make most windows tie. */
const FILLINGS = [
  { filling: 'all zero, as after a ReLU', levels: [0] },
  { filling: 'zeros and ones', levels: [0, 1] },
  { filling: 'below zero, where padding must not win', levels: [-1, -2, -3] },
  { filling: 'large and small', levels: [1e30, -1e30, 1e-30] },
]

function poolOf(graph: Graph) {
  const [node] = graph.nodes
  if (!node) throw new Error('the graph has no pool')
  return node
}

describe('MaxPool gives a window’s whole gradient to the first of its places that hold the maximum', () => {
  const cases = POOLS.flatMap(pool => FILLINGS.map(filling => ({ ...pool, ...filling })))
  it.each(cases)('$name, $filling', async ({ name, filling, dims, attributes, levels }) => {
    const prepared = prepare({
      name: `${name}, ${filling}`,
      build: g => {
        const size = dims.reduce((product, d) => product * d, 1)
        const picked = g.random(size, 0, levels.length).map(value => levels[Math.floor(value)] ?? 0)
        return g.node('MaxPool', [g.input('x', dims, Float32Array.from(picked))], attributes)
      },
    })
    const x = prepared.feeds.get('x')
    if (!x) throw new Error('no input')
    const { gradients } = await engineGradients(prepared, ['x'])
    const expected = maxPoolGradient(poolOf(prepared.graph), x, prepared.seed)
    expectClose(gradients.get('x'), expected, 'the gradient')
    expect(gradients.get('x')?.data.filter(value => value !== 0)).toHaveLength(
      expected.data.filter(value => value !== 0).length,
    )
  })
})
