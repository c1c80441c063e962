import { describe, expect, it } from 'vitest'
import { GraphBuilder, load } from '../../src/hookscope'

describe('a path that is given again is the module called again', () => {
  it('as in PyTorch: hooks at each call, gradients of tied weights summed', async () => {
    const g = new GraphBuilder()
    const fc = { weight: { dims: [2, 2], data: [1, -1, 2, 1] }, bias: [0.5, 0] }
    const once = g.relu('relu', g.linear('fc', g.input('x', [1, 2]), fc))
    const twice = g.relu('relu', g.linear('fc', once, fc))
    g.output(twice)
    const net = await load(g)
    const seen: unknown[] = []
    net.module('relu').registerForwardHook((module, [input], output) => {
      seen.push([module.path, module.call, [...(input?.data ?? [])], [...output.data]])
    })
    const run = await net.forward({ x: Float32Array.of(1, 3) })
    // x·Wᵀ + b = [-1.5, 5], then of [0, 5]: [-4.5, 5]
    expect(seen).toEqual([
      ['relu', 0, [-1.5, 5], [0, 5]],
      ['relu', 1, [-4.5, 5], [0, 5]],
    ])
    await run.backward({ seed: { dims: [1, 2], data: Float32Array.of(1, 1) } })
    const gradient = async (name: string) => [...(await run.gradient(name)).data]
    expect(net.parameters()).toEqual(['fc.weight', 'fc.bias'])
    expect([await gradient('fc.weight'), await gradient('fc.bias'), await gradient('x')]).toEqual([
      [0, 0, 1, 8],
      [0, 2],
      [2, 1],
    ])
  })
})

describe('what does not fit is said at once', () => {
  const weight = { dims: [2, 3, 3, 3], data: new Float32Array(54) }
  const cases: [string, (g: GraphBuilder) => unknown, string][] = [
    [
      'an unknown value',
      g => g.relu('relu', 'nothing'),
      'The graph has no value "nothing" yet. A value\'s name is what input(), parameter() and layers return.',
    ],
    [
      'an unknown output',
      g => g.output('nothing'),
      'The graph has no value "nothing" yet. A value\'s name is what input(), parameter() and layers return.',
    ],
    ['a name that is taken', g => g.add('x', 1, 'x'), 'The name "x" is taken. Give this one another.'],
    [
      'a convolution of other channels',
      g => g.conv('conv', 'x', { weight }),
      'conv("conv") with a weight of [2, 3, 3, 3] does not fit "x", which is [1, 2, 4, 4].',
    ],
    [
      'a linear layer of another width',
      g => g.linear('fc', g.flatten('x', 'flat'), { weight: { dims: [1, 3], data: [1, 2, 3] } }),
      'linear("fc") with a weight of [1, 3] does not fit "flat", which is [1, 32].',
    ],
    [
      'a bias of another length',
      g => g.linear('fc', 'v', { weight: { dims: [1, 3], data: [1, 2, 3] }, bias: [1, 2] }),
      'The bias of "fc" is [2], where its weight has 1 outputs.',
    ],
    [
      'a product of other widths',
      g => g.matmul('v', 'v'),
      'matmul() with "v", [1, 3], does not fit "v", which is [1, 3].',
    ],
    ['a sum of other shapes', g => g.add('x', 'v'), 'add() with "v", [1, 3], does not fit "x", which is [1, 2, 4, 4].'],
    [
      'a window that is larger than the picture',
      g => g.maxPool('pool', 'x', 5),
      'maxPool("pool") over 5 × 5 does not fit "x", which is [1, 2, 4, 4].',
    ],
    [
      'another operator under the same path',
      g => g.maxPool('same', g.relu('same', 'x'), 2),
      'The module "same" is Relu already. Give MaxPool a path of its own.',
    ],
    [
      'other weights under the same path',
      g =>
        g.linear('fc', g.linear('fc', 'v', { weight: { dims: [3, 3], data: new Array(9).fill(1) } }), {
          weight: { dims: [3, 3], data: new Array(9).fill(2) },
        }),
      'The module "fc" has another weight already. Give this one a path of its own.',
    ],
  ]
  it.each(cases)('%s', (_, write, message) => {
    const g = new GraphBuilder()
    g.input('x', [1, 2, 4, 4])
    g.input('v', [1, 3])
    expect(() => write(g)).toThrow(expect.objectContaining({ code: 'bad-argument', message }))
  })
})
