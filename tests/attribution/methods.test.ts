import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readNetwork } from '../../src/analysis/analyze'
import { readsLayer } from '../../src/attribution/method'
import { defaultLayer, METHODS } from '../../src/attribution/methods'
import { type ExplainOptions, explain } from '../../src/engine/explain'
import { Network } from '../../src/engine/network'
import type { Run } from '../../src/engine/run'
import { writeOnnx } from '../../src/onnx/write'
import { GraphBuilder, random } from '../support/build'
import { runtime } from '../support/engine'
import { smallClassifier } from '../support/small-classifier'

const options: ExplainOptions = { channels: 'rgb' }
const SIDE = 32

/** Options that say how often the network runs. */
const COUNTS = ['masks', 'samples', 'steps']

let network: Network
let run: Run
beforeAll(async () => {
  network = await Network.create(readNetwork(writeOnnx(smallClassifier())), runtime)
  run = await network.forward(Float32Array.from(random('picture')(3 * SIDE * SIDE)))
})
afterAll(async () => {
  run.dispose()
  await network.dispose()
})

describe.each(METHODS)('$id', method => {
  const asked = (index: number) => ({
    method: method.id,
    layer: defaultLayer(method, network.layout),
    target: { class: index },
    options: Object.fromEntries(
      Object.keys(method.options ?? {}).flatMap(name => (COUNTS.includes(name) ? [[name, 8]] : [])),
    ),
  })
  const valuesOf = async (of: Run, index: number) => {
    const found = await explain(of, asked(index), options)
    return found.kind === 'map' ? found.map.values : found.gradient.values
  }

  it('says what it is', () => {
    expect(method.paper).toMatch(/\d{4}, /)
    for (const text of [method.label, method.formula, method.help, method.cost]) expect(text).not.toBe('')
    expect(METHODS.filter(({ id, order }) => id === method.id || order === method.order)).toEqual([method])
  })

  it('finite, in the shape of its layer or of the input, something else for each class, and the same again', async () => {
    const found = await explain(run, asked(1), options)
    expect(found.kind).toBe(method.result)
    if (found.kind === 'map') {
      const { height, width } = readsLayer(method) ? await run.activation(found.layer) : run.network.layout.input
      expect([found.map.height, found.map.width]).toEqual([height, width])
      expect(found.map.values).toHaveLength(height * width)
      expect(found.rounding).toBe(false)
    } else {
      expect([found.gradient.height, found.gradient.width]).toEqual([SIDE, SIDE])
      expect(found.gradient.values).toHaveLength(3 * SIDE * SIDE)
      expect(found.camLayer).toBe(readsLayer(method) ? asked(1).layer : null)
    }
    const values = await valuesOf(run, 1)
    expect(values.every(Number.isFinite)).toBe(true)
    expect(values.some(value => value !== 0)).toBe(true)
    if (method.isClassBlind) expect(await valuesOf(run, 2)).toEqual(values)
    else expect(await valuesOf(run, 2)).not.toEqual(values)
    const again = await network.forward(run.picture)
    expect(await valuesOf(again, 1)).toEqual(values)
    again.dispose()
  })

  it('ends when nobody waits any more', async () => {
    const again = await network.forward(run.picture)
    const gone = explain(again, asked(1), { ...options, signal: { aborted: true } })
    await expect(gone).rejects.toMatchObject({ code: 'cancelled' })
    again.dispose()
  })

  it('of a class that is not there, a sentence', async () => {
    await expect(explain(run, asked(99), options)).rejects.toMatchObject({ code: 'unknown-class' })
  })
})

it('a picture of zeros in a network without biases has no map, and says so by zeros', async () => {
  const blank = await network.forward(new Float32Array(3 * SIDE * SIDE))
  const { layer } = network.layout
  for (const method of METHODS.filter(({ result }) => result === 'map')) {
    const { map, weights } = await blankMap(method.id, layer, blank)
    expect(map.values.every(Number.isFinite), method.id).toBe(true)
    expect(weights?.every(Number.isFinite) ?? true, method.id).toBe(true)
  }
  blank.dispose()
})

async function blankMap(method: string, layer: string, of: Run) {
  const found = await explain(of, { method, layer, target: { class: 0 } }, options)
  if (found.kind !== 'map') throw new Error(`${method} makes no maps`)
  return found
}

it.each(['occlusion', 'rise', 'score-cam'])(
  '%s of a network that answers a masked picture by no number: a sentence',
  async method => {
    const g = new GraphBuilder(17, 'logarithm')
    const features = g.node('Log', [g.input('image', [1, 3, 8, 8])])
    const flat = g.node('Flatten', [g.node('GlobalAveragePool', [features])], { axis: 1 })
    const graph = g.output(g.node('Gemm', [flat, g.weight([3, 2]), g.weight([2])])).build()
    const open = await Network.create(readNetwork(writeOnnx(graph)), runtime)
    const of = await open.forward(Float32Array.from(random('light')(3 * 8 * 8), value => 1 + Math.abs(value)))
    const asked = { method, layer: open.layout.hookPoints[0]?.path ?? '', target: { class: 0 } }
    await expect(explain(of, asked, options)).rejects.toMatchObject({ code: 'not-finite' })
    of.dispose()
    await open.dispose()
  },
)

it('a variance is not below 0, also where all gradients are alike', async () => {
  const g = new GraphBuilder(17, 'linear')
  const features = g.node('Conv', [g.input('image', [1, 3, 8, 8]), g.weight([3, 3, 1, 1])])
  const flat = g.node('Flatten', [features], { axis: 1 })
  const graph = g.output(g.node('Gemm', [flat, g.weight([192, 2]), g.weight([2])])).build()
  const open = await Network.create(readNetwork(writeOnnx(graph)), runtime)
  const of = await open.forward(Float32Array.from(random('picture')(192)))
  const asked = { method: 'vargrad', layer: open.layout.layer, target: { class: 0 }, options: { samples: 25 } }
  const found = await explain(of, asked, options)
  if (found.kind !== 'gradient') throw new Error('it gives values over the input')
  expect(Math.min(...found.gradient.values)).toBe(0)
  expect(Math.max(...found.gradient.values)).toBeLessThan(1e-12)
  of.dispose()
  await open.dispose()
})
