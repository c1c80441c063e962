import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { explain } from '../../src/engine/explain'
import type { Network } from '../../src/engine/network'
import type { Run } from '../../src/engine/run'
import { fromPixels, toInput } from '../../src/image/transform'
import { openModel } from '../support/engine'
import { mapOf } from '../support/explain'
import { goldenPixels, PREPROCESSING } from '../support/golden'

interface Reference {
  readonly picture: string
  readonly layer: string
  readonly class: number
  readonly values: readonly number[]
  readonly weights: readonly number[]
}

/** PyTorch in double precision: tests/golden/score_cam.py. */
const references: readonly Reference[] = JSON.parse(
  readFileSync(new URL('../golden/score-cam.json', import.meta.url), 'utf8'),
)

describe('Score-CAM equals PyTorch to 1e-5 of the largest value; PyTorch itself is off by 3e-7 in float32', () => {
  let network: Network
  beforeAll(async () => {
    network = await openModel('resnet18')
  }, 120_000)
  afterAll(() => network.dispose())

  async function look(picture: string): Promise<Run> {
    const preprocessing = PREPROCESSING.resnet18
    if (!preprocessing) throw new Error('no preprocessing for resnet18')
    const { input } = await toInput(fromPixels(await goldenPixels(picture)), preprocessing, 'crop')
    return network.forward(input)
  }

  it.each(references)('$picture, $layer, class $class', async reference => {
    const run = await look(reference.picture)
    const { map, weights } = await mapOf(run, 'score-cam', reference.layer, reference.class)
    for (const [found, right] of [
      [map.values, reference.values],
      [weights, reference.weights],
    ] as const) {
      expect(found).toHaveLength(right.length)
      const most = Math.max(...right.map(Math.abs))
      const off = right.map((value, i) => Math.abs(value - (found[i] ?? Number.NaN)) / most)
      expect(Math.max(...off)).toBeLessThanOrEqual(1e-5)
    }
    run.dispose()
  })

  it('tells how far it is, and ends within the next runs of the network when nobody waits any more', async () => {
    const run = await look('chelsea.png')
    const signal = { aborted: false }
    const told: number[] = []
    const onProgress = (done: number) => {
      told.push(done)
      signal.aborted = done === 3
    }
    const asked = { method: 'score-cam', layer: 'layer1', target: { class: 0 } }
    await expect(explain(run, asked, { channels: 'rgb', signal, onProgress })).rejects.toMatchObject({
      code: 'cancelled',
    })
    expect(told).toEqual([0, 1, 2, 3])
    run.dispose()
  })
})
