import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Network } from '../../src/engine/network'
import type { Run } from '../../src/engine/run'
import { fromPixels, toInput } from '../../src/image/transform'
import { openModel } from '../support/engine'
import { gradientOf, mapOf } from '../support/explain'
import { difference, goldenPixels, goldenRecords, PREPROCESSING } from '../support/golden'

/**
 * Against PyTorch in double precision. Logits: 1e-3 absolute. Maps and gradients: 1e-3 of their own largest absolute
 * value, or 4 × what PyTorch itself is off in float32 (`noise`: units within rounding of a ReLU's or a max pool's
 * switch fall on either side, and move every gradient before them).
 */
const tolerance = (noise: number): number => Math.max(1e-3, 4 * noise)

/** A map at a point that is `down` and `across` it, 0..1, between the centres of its cells. */
function bilinear(values: readonly number[], shape: readonly number[], down: number, across: number): number {
  const [rows = 1, columns = 1] = shape
  const [y, x] = [within(down * rows - 0.5, rows), within(across * columns - 0.5, columns)]
  let sum = 0
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const weight = Math.max(0, 1 - Math.abs(row - y)) * Math.max(0, 1 - Math.abs(column - x))
      sum += weight * (values[row * columns + column] ?? Number.NaN)
    }
  return sum
}

const within = (place: number, cells: number): number => Math.min(Math.max(place, 0), cells - 1)

describe.each(['resnet18', 'alexnet', 'inception-v3'])('%s equals PyTorch', id => {
  let network: Network
  beforeAll(async () => {
    network = await openModel(id)
  }, 120_000)
  afterAll(() => network.dispose())

  describe.each(goldenRecords(id))('$picture, $resize', record => {
    let run: Run
    beforeAll(async () => {
      const preprocessing = PREPROCESSING[id]
      if (!preprocessing) throw new Error(`no preprocessing for ${id}`)
      const { input } = await toInput(fromPixels(await goldenPixels(record.picture)), preprocessing, record.resize)
      run = await network.forward(input)
    }, 60_000)
    afterAll(() => run.dispose())

    it('logits', () => {
      expect(run.logits.length).toBe(record.logits.length)
      const worst = record.logits.map((logit, c) => Math.abs(logit - (run.logits[c] ?? Number.NaN)))
      expect(Math.max(...worst)).toBeLessThanOrEqual(1e-3)
    })

    it('activations', async () => {
      for (const tap of record.taps) {
        const { channels, height, width, values } = await run.features(tap.layer)
        expect([channels, height, width], tap.layer).toEqual(tap.shape)
        expect(difference(values, tap), tap.layer).toBeLessThanOrEqual(tolerance(tap.noise))
      }
    })

    it('maps of all methods that PyTorch’s values are there for', async () => {
      for (const golden of record.maps) {
        const { map, weights } = await mapOf(run, golden.method, golden.layer, golden.class)
        const name = `${golden.method} ${golden.layer} class ${golden.class}`
        expect([map.height, map.width], name).toEqual(golden.shape)
        if (golden.max === 0) {
          expect(Math.max(...map.values.map(Math.abs)), name).toBeLessThanOrEqual(1e-6)
          continue
        }
        expect(difference(map.values, golden), name).toBeLessThanOrEqual(tolerance(golden.noise))
        if (!golden.weights) continue
        const scale = Math.max(...golden.weights.map(Math.abs))
        const off = golden.weights.map((weight, k) => Math.abs(weight - (weights[k] ?? Number.NaN)) / scale)
        expect(Math.max(...off), `${name} weights`).toBeLessThanOrEqual(tolerance(golden.noise))
      }
    })

    it('input gradients', async () => {
      const kinds = new Set<string>()
      for (const golden of record.inputGradients) {
        if (golden.kind !== 'saliency' && golden.kind !== 'guided') continue
        kinds.add(golden.kind)
        const gradient = await gradientOf(run, golden.kind, golden.class)
        const name = `${golden.kind} of class ${golden.class}`
        expect(gradient.length, name).toBe(golden.shape.reduce((product, size) => product * size, 1))
        expect(difference(gradient, golden), name).toBeLessThanOrEqual(tolerance(golden.noise))
      }
      expect([...kinds].sort()).toEqual(['guided', 'saliency'])
    }, 60_000)

    it('Guided Grad-CAM: guided backpropagation times the resized Grad-CAM', async () => {
      const { layer } = network.layout
      const target = record.top[0] ?? 0
      const guided = record.inputGradients.find(({ kind, class: c }) => kind === 'guided' && c === target)
      const map = record.maps.find(it => it.method === 'gradcam' && it.layer === layer && it.class === target)
      if (!guided || !map?.values) throw new Error('no reference')
      const [, , height = 1, width = 1] = guided.shape
      const product = await gradientOf(run, 'guided-gradcam', target, { layer })
      // Each factor may be off by its own tolerance, as a share of its own largest value.
      const allowed = (tolerance(guided.noise) + tolerance(map.noise)) * guided.max * map.max
      const worst = guided.samples.map(([i, value]) => {
        const place = i % (height * width)
        const gain = bilinear(
          map.values ?? [],
          map.shape,
          (Math.floor(place / width) + 0.5) / height,
          ((place % width) + 0.5) / width,
        )
        return Math.abs((product[i] ?? Number.NaN) - value * gain)
      })
      expect(Math.max(...worst)).toBeLessThanOrEqual(allowed)
      expect(product.some(value => value !== 0)).toBe(true)
    })
  })
})
