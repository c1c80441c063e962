import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { GraphBuilder, load, type Net } from '../../src/hookscope'

/** y = relu(fc(x)) · (w + 1): the second factor depends on constants alone. */
describe('a network as a graph', () => {
  let net: Net
  beforeAll(async () => {
    const g = new GraphBuilder()
    const weight = { dims: [2, 3], data: [1, 2, 3, 4, 5, 6] }
    const hidden = g.relu('act', g.linear('fc', g.input('x', [1, 3]), { weight }))
    const b = g.add(g.parameter('w', 1), 1, 'b')
    net = await load(g.output(g.mul(hidden, b, 'y')))
  })
  afterAll(() => net.dispose())

  it('lists its operators in order, with what each reads and makes', () => {
    const [fc, relu, add, mul] = net.operators()
    expect(fc).toMatchObject({
      op: 'Gemm',
      module: 'fc',
      inputs: ['x', 'fc.weight'],
      parameters: ['fc.weight'],
      dims: [1, 2],
    })
    expect(relu).toMatchObject({ op: 'Relu', module: 'act', inputs: fc?.outputs, parameters: [] })
    expect(add).toMatchObject({ op: 'Add', module: '', outputs: ['b'] })
    expect(mul).toMatchObject({ op: 'Mul', inputs: [...(relu?.outputs ?? []), 'b'], parameters: ['b'], outputs: ['y'] })
    expect(net.operators()).toHaveLength(4)
  })

  it('gives copies of its parameters', async () => {
    const weight = await net.getParameter('fc.weight')
    expect(weight).toEqual({ dims: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) })
    weight.data.fill(0)
    expect((await net.getParameter('fc.weight')).data[5]).toBe(6)
    await expect(net.getParameter('fc.bias')).rejects.toMatchObject({ code: 'unknown-layer' })
  })

  it('gives values that depend on constants alone', async () => {
    const run = await net.forward({ x: Float32Array.of(1, 1, 1) })
    expect([...(await run.value('b')).data]).toEqual([2])
    expect([...(await run.value('w')).data]).toEqual([1])
    expect([...run.logits.data]).toEqual([12, 30])
    run.dispose()
  })
})
