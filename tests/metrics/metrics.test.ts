import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readNetwork } from '../../src/analysis/analyze'
import { METHODS } from '../../src/attribution/methods'
import { type EvaluateOptions, Evaluation } from '../../src/engine/evaluate'
import { Network } from '../../src/engine/network'
import type { Run } from '../../src/engine/run'
import { METRICS } from '../../src/metrics/metrics'
import { writeOnnx } from '../../src/onnx/write'
import { random } from '../support/build'
import { runtime } from '../support/engine'
import { smallClassifier } from '../support/small-classifier'

let network: Network
let run: Run
beforeAll(async () => {
  network = await Network.create(readNetwork(writeOnnx(smallClassifier())), runtime)
  run = await network.forward(Float32Array.from(random('picture')(3 * 32 * 32)))
})
afterAll(async () => {
  run.dispose()
  await network.dispose()
})

const evaluation = (more: Partial<EvaluateOptions> = {}) => new Evaluation(run, { channels: 'rgb', draws: 3, ...more })
const asked = (method = 'gradcam') => ({ method, layer: 'block', target: { class: 1 } })

describe.each(METRICS)('$id', metric => {
  it('says what it is, and its options are no method’s', () => {
    expect(metric.paper).toMatch(/\d{4}, /)
    for (const text of [metric.label, metric.formula, metric.help, metric.cost]) expect(text).not.toBe('')
    expect(METRICS.filter(({ id, order }) => id === metric.id || order === metric.order)).toEqual([metric])
    const names = METHODS.flatMap(({ options = {} }) => Object.keys(options)).filter(name => name !== 'seed')
    for (const name of Object.keys(metric.options ?? {})) expect(names).not.toContain(name)
  })

  it.each(['gradcam', 'saliency', 'input-x-gradient'])(
    'finite, with its chance level, and the same again: %s',
    async method => {
      const found = await evaluation().measure(asked(method), metric.id)
      expect(Number.isFinite(found.value)).toBe(true)
      expect(found.chance?.draws).toBe(3)
      expect(Number.isFinite(found.chance?.mean)).toBe(true)
      expect(await evaluation().measure(asked(method), metric.id)).toEqual(found)
    },
  )

  it('ends when nobody waits any more', async () => {
    const gone = evaluation({ signal: { aborted: true } }).measure(asked(), metric.id)
    await expect(gone).rejects.toMatchObject({ code: 'cancelled' })
  })
})

it('another seed draws other random maps', async () => {
  const one = await evaluation().measure(asked(), 'deletion')
  const other = await evaluation({ seed: 1 }).measure(asked(), 'deletion')
  expect(other.value).toBe(one.value)
  expect(other.chance?.mean).not.toBe(one.chance?.mean)
})

it('methods on the same cells share one chance level, worked out once', async () => {
  const shared = evaluation()
  const first = await shared.measure(asked('gradcam'), 'insertion')
  const steps: number[] = []
  Object.assign(shared, {
    options: { channels: 'rgb', draws: 3, onProgress: (_: number, all: number) => steps.push(all) },
  })
  const second = await shared.measure(asked('layercam'), 'insertion')
  expect(second.chance).toEqual(first.chance)
  expect(second.value).not.toBe(first.value)
  expect(steps.length).toBe(51)
})

it('a metric that there is not, an option that it has not, a map that says nothing: a sentence', async () => {
  const sentence = (message: RegExp) =>
    expect.objectContaining({ code: 'bad-argument', message: expect.stringMatching(message) })
  await expect(evaluation().measure(asked(), 'truth')).rejects.toEqual(sentence(/^There is no metric "truth"/))
  await expect(evaluation().measure(asked(), 'deletion', { steps: 3 })).rejects.toEqual(sentence(/It has parts\.$/))
  const blank = await network.forward(new Float32Array(3 * 32 * 32))
  const empty = new Evaluation(blank, { channels: 'rgb', draws: 0 }).measure(
    { ...asked('input-x-gradient') },
    'deletion',
  )
  await expect(empty).rejects.toEqual(sentence(/^The Input × gradient has no value above 0 here/i))
  blank.dispose()
})
