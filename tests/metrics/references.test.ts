import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { uniform } from '../../src/attribution/random'
import { Evaluation } from '../../src/engine/evaluate'
import type { Asked } from '../../src/engine/explain'
import type { Network } from '../../src/engine/network'
import type { Run } from '../../src/engine/run'
import { explanationOf } from '../../src/metrics/explanation'
import { findMetric } from '../../src/metrics/metrics'
import { runOn } from '../support/engine'

interface Reference {
  /** A seed, and the cells along a side of a random map; null for Grad-CAM at layer4. */
  readonly map: readonly [seed: number, cells: number] | null
  readonly metric: string
  readonly options: Readonly<Record<string, number>>
  readonly class: number
  readonly value: number
  readonly curve?: readonly number[]
}

const references: readonly Reference[] = JSON.parse(
  readFileSync(new URL('../golden/metrics.json', import.meta.url), 'utf8'),
)

let network: Network
let run: Run
beforeAll(async () => {
  ;({ network, run } = await runOn('resnet18', 'chelsea.png'))
}, 120_000)
afterAll(async () => {
  run.dispose()
  await network.dispose()
})

async function measured({ map, metric, options, class: index }: Reference) {
  const asked: Asked = { method: 'gradcam', layer: 'layer4', target: { class: index } }
  if (!map) return new Evaluation(run, { channels: 'rgb', draws: 0 }).measure(asked, metric, options)
  const [seed, cells] = map
  const next = uniform(seed)
  const values = Float32Array.from({ length: cells ** 2 }, () => next())
  const attribution = {
    ...{ ...asked, kind: 'map' as const, weights: null, rounding: false },
    map: { height: cells, width: cells, values },
  }
  return findMetric(metric).measure(
    {
      ...{ height: 224, width: 224, target: asked.target, input: run.input(), answer: run },
      explanation: explanationOf(attribution, 224, 224),
      answerTo: input => run.answerTo(input),
      progress: async () => undefined,
    },
    options,
  )
}

/** Of probabilities: both sides order the same pixels, and float32 was seen to be off by 5e-7. */
const TOLERANCE = 1e-5

/** ROAD gives noise to pixel after pixel, so that two that float32 orders otherwise get each other's: seen to be off by 5e-5. */
const NOISY = 2e-4

it.each(references)('$metric of $map equals PyTorch in double precision', async reference => {
  const { value, curve } = await measured(reference)
  expect(Math.abs(value - reference.value)).toBeLessThan(reference.metric === 'road' ? NOISY : TOLERANCE)
  for (const [i, score] of (reference.curve ?? []).entries())
    expect(Math.abs((curve?.[i] ?? Number.NaN) - score), `part ${i}`).toBeLessThan(TOLERANCE)
})
