import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findHookPoint, readNetwork } from '../../src/analysis/analyze'
import { Network } from '../../src/engine/network'
import type { Run } from '../../src/engine/run'
import { sizeOf } from '../../src/graph/tensors'
import { runtime } from '../support/engine'
import { runGraph } from '../support/execute'
import { gradientOf, mapOf } from '../support/explain'
import { ndArray } from '../support/reference/array'
import { FAMILIES, largest, modelOf, offBy, pictureOf } from './fixtures'

/** Of the largest absolute value; PyTorch itself is off by less than a quarter of it in float32. */
const TOLERANCE = 1e-3

describe.each(FAMILIES.map(({ key, family, variants }) => ({ ...family, key, variants })))(
  '$title equals PyTorch',
  ({ key, variants, ...family }) => {
    const picture = pictureOf(key, family.size)
    const size = [family.size, family.size] as const

    describe.each(variants)('%s', variant => {
      const analyzed = readNetwork(modelOf(key, variant), { size })
      const { layout } = analyzed
      let network: Network
      let run: Run
      beforeAll(async () => {
        network = await Network.create(analyzed, runtime)
        run = await network.forward(picture)
      }, 120_000)
      afterAll(async () => {
        run?.dispose()
        await network?.dispose()
      })

      it('logits', () => {
        const off = family.logits.map((logit, c) => Math.abs(logit - (run.logits[c] ?? Number.NaN)))
        expect(run.logits.length).toBe(family.logits.length)
        expect(Math.max(...off) / largest(family.logits)).toBeLessThanOrEqual(TOLERANCE)
      })

      it('the default hook point and where CAM is read', () => {
        expect(layout.layer).toBe(family.layer)
        expect(layout.cam.ok ? layout.cam.layer : null).toBe(family.cam)
        expect(findHookPoint(analyzed, layout.layer).gradient).toEqual({ ok: true })
      })

      it('activations, channel weights and Grad-CAM at three depths', async () => {
        for (const { layer, tap, weights, map } of family.maps) {
          const features = await run.features(layer)
          expect([features.channels, features.height, features.width], layer).toEqual(tap.shape)
          expect(offBy(features.values, tap), layer).toBeLessThanOrEqual(TOLERANCE)
          const found = await mapOf(run, 'gradcam', layer, family.target)
          const off = weights.map((weight, k) => Math.abs(weight - (found.weights[k] ?? Number.NaN)))
          expect(Math.max(...off) / largest(weights), `weights of ${layer}`).toBeLessThanOrEqual(TOLERANCE)
          expect(offBy(found.map.values, map), `map of ${layer}`).toBeLessThanOrEqual(TOLERANCE)
        }
      })

      it('the input gradient', async () => {
        const gradient = await gradientOf(run, 'saliency', family.target)
        expect(offBy(gradient, family.inputGradient)).toBeLessThanOrEqual(TOLERANCE)
      })

      it('every module by its path, each call', async () => {
        const values = new Set(layout.hookPoints.map(({ value }) => value))
        const image = ndArray([1, 3, ...size], picture)
        const sums = await runGraph(
          analyzed.graphIndex.graph,
          new Map([[layout.input.name, image]]),
          [...values],
          async held => {
            const all = await held.read()
            return { sum: all.reduce((a, b) => a + b, 0), absSum: all.reduce((a, b) => a + Math.abs(b), 0) }
          },
        )
        const pointOf = (path: string) => layout.hookPoints.find(it => it.path === (analyzed.aliases.get(path) ?? path))
        const norms = new Map(
          Object.entries(family.modules).flatMap(([path, [call]]) =>
            call?.folds === undefined ? [] : [[call.folds, { path, call }] as const],
          ),
        )
        const missing: string[] = []
        const wrong: string[] = []
        for (const [path, calls] of Object.entries(family.modules))
          for (const [i, call] of calls.entries()) {
            const written = calls.length > 1 ? `${path}:${i}` : path
            const point = pointOf(written)
            const isGone = call.passes || (call.folds !== undefined && !variant.endsWith('bn'))
            if (!point) {
              if (!isGone) missing.push(written)
              continue
            }
            const norm = norms.get(path)
            const expected = norm && !pointOf(norm.path) ? norm.call : call
            const found = sums.get(point.value) ?? { sum: Number.NaN, absSum: Number.NaN }
            const off = Math.max(Math.abs(found.sum - expected.sum), Math.abs(found.absSum - expected.absSum))
            const fits = off <= TOLERANCE * expected.absSum && sizeOf(point.shape) === sizeOf(expected.shape)
            if (!fits) wrong.push(written)
          }
        expect({ missing, wrong }).toEqual({ missing: [], wrong: [] })
      })
    })
  },
)

it.each([
  ['resnet50', 'conv1 relu maxpool layer1 layer2 layer3 layer4'],
  ['mobilenet_v2', 'features.1 features.3 features.6 features.13 features'],
  ['shufflenet', 'conv1 maxpool stage2 stage3 stage4 conv5'],
  ['swin', 'features.1 features.3 features.5 features norm'],
])('the stages of %s', (key, stages) => {
  expect(readNetwork(modelOf(key, 'opset17')).layout.stages.join(' ')).toBe(stages)
})
