import { describe, expect, it } from 'vitest'
import {
  add,
  clamp,
  full,
  GraphBuilder,
  load,
  mean,
  mul,
  randn,
  relu,
  sum,
  type Tensor,
  tensor,
} from '../../src/hookscope'

const numbers = ({ dims, data }: Tensor) => ({ dims, data: [...data] })

describe('tensors are PyTorch’s', () => {
  const x = tensor([
    [1, -2, 3],
    [4, 5, -6],
  ])

  it.each<[string, Tensor, readonly number[], readonly number[]]>([
    ['tensor of rows', x, [2, 3], [1, -2, 3, 4, 5, -6]],
    ['tensor of a number', tensor(7), [], [7]],
    ['full', full([2, 1], 3), [2, 1], [3, 3]],
    ['add, a row to rows', add(x, tensor([10, 20, 30])), [2, 3], [11, 18, 33, 14, 25, 24]],
    ['add, a number', add(1, x), [2, 3], [2, -1, 4, 5, 6, -5]],
    ['mul, a column with a row', mul(tensor([[2], [3]]), tensor([1, 10])), [2, 2], [2, 20, 3, 30]],
    ['clamp', clamp(x, -1, 4), [2, 3], [1, -1, 3, 4, 4, -1]],
    ['clamp, from below', clamp(x, 0), [2, 3], [1, 0, 3, 4, 5, 0]],
    ['relu', relu(x), [2, 3], [1, 0, 3, 4, 5, 0]],
    ['sum', sum(x), [], [5]],
    ['sum along an axis', sum(x, { dim: 0 }), [3], [5, 3, -3]],
    ['mean along the last, kept', mean(x, { dim: -1, keepdim: true }), [2, 1], [2 / 3, 1].map(Math.fround)],
    ['mean over two', mean(x, { dim: [0, 1] }), [], [5 / 6].map(Math.fround)],
  ])('%s', (_, made, dims, data) => {
    expect(numbers(made)).toEqual({ dims, data })
  })

  it('randn is normal, the same for a seed and another for another', () => {
    const data = [...randn([100, 100], { seed: 5, std: 2 }).data]
    const average = data.reduce((a, b) => a + b) / data.length
    const deviation = Math.sqrt(data.reduce((a, b) => a + (b - average) ** 2, 0) / data.length)
    // Four standard errors: 4 · 2 / √10⁴, and 4 · 2 / √(2 · 10⁴).
    expect(Math.abs(average)).toBeLessThan(0.08)
    expect(Math.abs(deviation - 2)).toBeLessThan(0.057)
    expect(randn([3], { seed: 5 })).toEqual(randn([3], { seed: 5 }))
    expect(randn([3], { seed: 6 })).not.toEqual(randn([3], { seed: 5 }))
  })

  it('what does not go together is a sentence', () => {
    expect(() => add(x, tensor([1, 2]))).toThrow(
      'Tensors of [2, 3] and [2] do not go together: sizes must be equal or 1.',
    )
    expect(() => randn([2], JSON.parse('0.5'))).toThrow('randn() takes { seed, std } behind the shape, not 0.5.')
    expect(() => sum(x, { dim: 2 })).toThrow('There is no axis 2 in a tensor of [2, 3].')
    expect(() => tensor([[1, 2], [3]])).toThrow('tensor() takes numbers in rows of the same length.')
  })
})

/** x → hidden, which a forward hook changes → classes; PyTorch 1.13's logits, and gradient of class 1's at x = [1, 2]. */
const MASK = { dims: [3], data: Float32Array.of(2, -1, 0.5) }
const CHANGES: readonly [string, (output: Tensor) => Tensor, readonly number[], readonly number[]][] = [
  ['doubled', h => mul(h, 2), [-5, -10], [-8, -4]],
  ['relu', h => relu(h), [0.5, 1], [-6, 2]],
  ['clamped', h => clamp(h, -1, 2), [-2, 2], [-3, 3]],
  ['squared', h => mul(h, h), [17.5, 5], [-54, 26]],
  ['less its mean', h => add(h, mul(-1, mean(h))), [-3.1666669845581055, -10.333333969116211], [-8, -2]],
  ['times its sum', h => mul(h, sum(h, { dim: -1, keepdim: true })), [-10, -20], [-31, -8]],
  ['masked by a tensor made by hand', h => add(mul(h, MASK), 1), [-9, 0], [5.5, -5.5]],
  ['its mean everywhere', h => mul(mean(h, { dim: 1, keepdim: true }), full([1, 3], 1)), [2 / 3, 16 / 3], [4, 0]],
  ['a constant', () => full([1, 3], 1), [0.5, 4], [0, 0]],
  // What nobody can differentiate passes straight through: the gradient of the unchanged network.
  ['made by hand', ({ dims, data }) => ({ dims, data: data.map(value => value * 2) }), [-5, -10], [-4, -2]],
  [
    'recorded from what was made by hand',
    ({ dims, data }) => mul({ dims, data: data.slice() }, 2),
    [-5, -10],
    [-4, -2],
  ],
]

describe('a forward hook written with tensors has PyTorch’s derivative', () => {
  it.each(CHANGES)('%s', async (_, change, logits, gradient) => {
    const g = new GraphBuilder()
    const weight = { dims: [3, 2], data: [1, -2, 3, 1, -1, 1] }
    const hidden = g.linear('hidden', g.input('x', [1, 2]), { weight, bias: [0, 0, 1] })
    const net = await load(
      g.output(g.linear('classes', hidden, { weight: { dims: [2, 3], data: [1, 0.5, -1, 2, -1, 3] } })),
    )
    net.module('hidden').registerForwardHook((_module, _input, output) => change(output))
    const run = await net.forward({ x: Float32Array.of(1, 2) })
    await run.backward({ class: 1 })
    const found = [...run.logits.data, ...(await run.gradient('x')).data]
    for (const [i, value] of [...logits, ...gradient].entries()) expect(found[i]).toBeCloseTo(value, 5)
  })

  it('and two hooks in a row the product of theirs', async () => {
    const g = new GraphBuilder()
    const net = await load(g.output(g.relu('relu', g.input('x', [2]))))
    net.module('relu').registerForwardHook((_module, _input, output) => mul(output, output))
    net.module('relu').registerForwardHook((_module, _input, output) => mul(output, 3))
    const run = await net.forward({ x: Float32Array.of(5, -1) })
    await run.backward({ seed: { dims: [2], data: Float32Array.of(1, 1) } })
    expect([[...run.logits.data], [...(await run.gradient('x')).data]]).toEqual([
      [75, 0],
      [30, 0],
    ])
  })
})
