import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Network } from '../../src/engine/network'
import type { Run } from '../../src/engine/run'
import { fromPixels, toInput } from '../../src/image/transform'
import { openModel } from '../support/engine'
import { difference, goldenPixels, goldenRecords, PREPROCESSING } from '../support/golden'

/**
 * Against PyTorch in double precision. Logits: 1e-3 absolute. Maps and gradients: 1e-3 of their own largest absolute
 * value, or 4 × what PyTorch itself is off in float32 (`noise`: units within rounding of a ReLU's or a max pool's
 * switch fall on either side, and move every gradient before them).
 */
const tolerance = (noise: number): number => Math.max(1e-3, 4 * noise)

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

    it('CAM and Grad-CAM maps', async () => {
      for (const golden of record.maps) {
        if (golden.method !== 'cam' && golden.method !== 'gradcam') continue
        const { map, weights } = await run.explain(golden.method, golden.layer, golden.class)
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
      for (const golden of record.inputGradients) {
        if (golden.kind !== 'saliency') continue
        const gradient = await run.inputGradient(golden.class)
        expect(difference(gradient, golden), `class ${golden.class}`).toBeLessThanOrEqual(tolerance(golden.noise))
      }
    }, 20_000)
  })
})
