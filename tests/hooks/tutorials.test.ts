import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { GraphBuilder, load, type Net, type Tensor } from '../../src/hookscope'

const scalar = (value: number): Tensor => ({ dims: [], data: Float32Array.of(value) })
const vector = (...values: number[]): Tensor => ({ dims: [values.length], data: Float32Array.from(values) })
const list = ({ data }: Tensor): number[] => [...data]
const times = ({ dims, data }: Tensor, factor: number): Tensor => ({ dims, data: data.map(value => value * factor) })

describe('1. y = (x+w)·(w+1)', () => {
  let net: Net
  beforeAll(async () => {
    const g = new GraphBuilder()
    const w = g.parameter('w', 1)
    const a = g.add(g.input('x'), w, 'a')
    net = await load(g.output(g.mul(a, g.add(w, 1, 'b'), 'y')))
  })
  afterAll(() => net.dispose())

  it('dy/dw = 5, dy/dx = 2', async () => {
    const run = await net.forward({ x: scalar(2) })
    expect(list(run.logits)).toEqual([6])
    await run.backward()
    expect(list(await run.gradient('w'))).toEqual([5])
    expect(list(await run.gradient('x'))).toEqual([2])
    run.dispose()
  })

  it('a hook on a keeps its gradient 2; after remove() no more is kept', async () => {
    const kept: number[] = []
    const handle = net.value('a').registerHook(grad => {
      kept.push(...grad.data)
    })
    for (let round = 0; round < 2; round++) {
      const run = await net.forward({ x: scalar(2) })
      await run.backward()
      run.dispose()
      handle.remove()
    }
    expect(kept).toEqual([2])
  })

  describe('2. a hook on w', () => {
    const gradientOfW = async () => {
      const run = await net.forward({ x: scalar(2) })
      await run.backward()
      const gradient = list(await run.gradient('w'))
      run.dispose()
      return gradient
    }

    it('that doubles the gradient gives 10', async () => {
      const handle = net.parameter('w').registerHook(grad => times(grad, 2))
      expect(await gradientOfW()).toEqual([10])
      handle.remove()
      expect(await gradientOfW()).toEqual([5])
    })

    it('that returns grad·2·3 gives 30', async () => {
      const handle = net.parameter('w').registerHook(grad => times(grad, 2 * 3))
      expect(await gradientOfW()).toEqual([30])
      handle.remove()
    })

    it('and another run in the order of registration, each on what the one before returned', async () => {
      const seen: number[] = []
      const handles = [2, 3].map(factor =>
        net.parameter('w').registerHook(grad => {
          seen.push(...grad.data)
          return times(grad, factor)
        }),
      )
      expect(await gradientOfW()).toEqual([30])
      expect(seen).toEqual([5, 10])
      for (const handle of handles) handle.remove()
    })
  })
})

describe('3. z = x + y, o = w·z', () => {
  const gradients = async (net: Net) => {
    const run = await net.forward({ x: vector(0, 1, 2, 3), y: vector(4, 5, 6, 7) })
    expect(list(run.logits)).toEqual([80])
    await run.backward()
    const found = [await run.gradient('x'), await run.gradient('y'), await run.gradient('w')].map(list)
    run.dispose()
    return found
  }

  it('gradients, and with a hook on z that doubles them', async () => {
    const g = new GraphBuilder()
    const w = g.parameter('w', [1, 2, 3, 4])
    const z = g.add(g.input('x', [4]), g.input('y', [4]), 'z')
    const net = await load(g.output(g.matmul(w, z, 'o')))
    expect(await gradients(net)).toEqual([
      [1, 2, 3, 4],
      [1, 2, 3, 4],
      [4, 6, 8, 10],
    ])
    const handle = net.value('z').registerHook(grad => times(grad, 2))
    expect(await gradients(net)).toEqual([
      [2, 4, 6, 8],
      [2, 4, 6, 8],
      [4, 6, 8, 10],
    ])
    handle.remove()
    await net.dispose()
  })
})

describe('4. convolution and max pooling', () => {
  it('feature maps, input, gradOutput, weight and bias gradients', async () => {
    const g = new GraphBuilder()
    const kernels = { dims: [2, 1, 3, 3], data: Float32Array.from({ length: 18 }, (_, i) => (i < 9 ? 1 : 2)) }
    const maps = g.conv('conv', g.input('x', [1, 1, 4, 4]), { weight: kernels, bias: [0, 0] })
    const net = await load(g.output(g.maxPool('pool', maps, 2)))
    const seen: Record<string, number[]> = {}
    net.module('conv').registerForwardPreHook((_, [input]) => {
      seen.input = list(input ?? scalar(Number.NaN))
    })
    net.module('conv').registerForwardHook((_, __, output) => {
      seen.maps = list(output)
    })
    net.module('conv').registerFullBackwardHook((_, __, [gradOutput]) => {
      seen.gradOutput = list(gradOutput ?? scalar(Number.NaN))
    })
    const run = await net.forward({ x: new Float32Array(16).fill(1) })
    expect(run.logits).toEqual({ dims: [1, 2, 1, 1], data: Float32Array.of(9, 18) })
    await run.backward({ seed: { dims: [1, 2, 1, 1], data: Float32Array.of(0.5, 0.5) } })
    expect(seen).toEqual({
      input: new Array(16).fill(1),
      maps: [9, 9, 9, 9, 18, 18, 18, 18],
      gradOutput: [0.5, 0, 0, 0, 0.5, 0, 0, 0],
    })
    expect(list(await run.gradient('conv.weight'))).toEqual(new Array(18).fill(0.5))
    expect(list(await run.gradient('conv.bias'))).toEqual([0.5, 0.5])
    run.dispose()
    await net.dispose()
  })
})

describe('6. linear, ReLU, linear', () => {
  it('forward values, gradInput of the ReLU, gradient of x', async () => {
    const g = new GraphBuilder()
    const weight = { dims: [4, 3], data: [1, 2, 3, -4, -5, -6, 7, 8, 9, -10, -11, -12] }
    const first = g.linear('fc1', g.input('x', [1, 3]), { weight, bias: [1, 2, 3, 4] })
    const second = { weight: { dims: [1, 4], data: [1, 2, 3, 4] }, bias: [1] }
    const net = await load(g.output(g.linear('fc2', g.relu('relu', first), second)))
    const seen: Record<string, number[][]> = { forward: [], relu: [] }
    for (const path of ['fc1', 'relu', 'fc2'])
      net.module(path).registerForwardHook((_, __, output) => {
        seen.forward?.push(list(output))
      })
    net.module('relu').registerFullBackwardHook((_, [gradInput], [gradOutput]) => {
      for (const grad of [gradInput, gradOutput]) seen.relu?.push(list(grad ?? scalar(Number.NaN)))
    })
    const run = await net.forward({ x: Float32Array.of(1, 1, 1) })
    await run.backward()
    expect(seen).toEqual({
      forward: [[7, -13, 27, -29], [7, 0, 27, 0], [89]],
      relu: [
        [1, 0, 3, 0],
        [1, 2, 3, 4],
      ],
    })
    expect(list(await run.gradient('x'))).toEqual([22, 26, 30])
    run.dispose()
    await net.dispose()
  })
})
