import { beforeAll, describe, expect, it } from 'vitest'
import { encodePng } from '../../src/cli/pictures'
import type { Pixels } from '../../src/image/types'
import { writeOnnx } from '../../src/onnx/write'
import type { Calls } from '../../src/worker/protocol'
import type { Session } from '../../src/worker/session'
import { session } from '../cases/ways'
import { random } from '../support/build'
import { smallClassifier } from '../support/small-classifier'

const SIDE = 32
const model = new Blob([Uint8Array.from(writeOnnx(smallClassifier()))])
const waiting = () => ({ signal: new AbortController().signal, emit: () => {} })

const pixels = (name: string): Pixels => ({
  width: SIDE,
  height: SIDE,
  channels: 3,
  data: Uint8ClampedArray.from(random(name)(3 * SIDE * SIDE), value => 128 + 127 * value),
})

let first: Blob
let second: Blob
beforeAll(async () => {
  const file = async (name: string) => new Blob([Uint8Array.from(await encodePng(pixels(name)))])
  first = await file('first')
  second = await file('second')
})

async function opened(): Promise<Session> {
  const worker = session()
  const facts = await worker.inspect({ file: model, beside: [], output: null }, waiting())
  const own = { id: 'own', name: 'own', file: model, beside: [], setup: facts.setup }
  await worker.open({ model: 'own', engine: 'wasm', base: '', own }, waiting())
  return worker
}

const question = (index = 1): Calls['explain']['params'] => ({
  method: 'gradcam',
  layer: 'conv1',
  target: { class: index },
})
const look = (worker: Session, picture: Blob, context = waiting()) =>
  worker.look({ picture, resize: 'squash' }, context)
const valuesOf = async (worker: Session) => {
  const { value } = await worker.explain(question(), waiting())
  return value.kind === 'map' ? value.map.values : value.gradient.values
}

describe('the worker’s session, with the engine', () => {
  it('asks for a network, then for a picture', async () => {
    const worker = session()
    await expect(look(worker, first)).rejects.toMatchObject({ code: 'bad-argument', message: /No network is open/ })
    expect(() => worker.explain(question(), waiting())).toThrow(/No network is open/)
    const there = await opened()
    expect(() => there.explain(question(), waiting())).toThrow(/no picture yet/)
  })

  it('a picture that cannot be read, or that is given up, leaves the one before', async () => {
    const worker = await opened()
    await look(worker, first)
    const before = await valuesOf(worker)
    await expect(look(worker, new Blob(['no picture']))).rejects.toMatchObject({ code: 'bad-picture' })
    const aborted = AbortSignal.abort()
    await expect(look(worker, second, { signal: aborted, emit: () => {} })).rejects.toMatchObject({ code: 'cancelled' })
    expect(await valuesOf(worker)).toEqual(before)
    await look(worker, second)
    expect(await valuesOf(worker)).not.toEqual(before)
  })

  it('a network that cannot be opened leaves the one before, with its picture', async () => {
    const worker = await opened()
    await look(worker, first)
    const before = await valuesOf(worker)
    const broken = { id: 'broken', name: 'broken', file: new Blob(['no network']), beside: [] }
    const { setup } = await worker.inspect({ file: model, beside: [], output: null }, waiting())
    const opening = worker.open({ model: 'broken', engine: 'wasm', base: '', own: { ...broken, setup } }, waiting())
    await expect(opening).rejects.toMatchObject({ code: 'bad-model' })
    expect(await valuesOf(worker)).toEqual(before)
  })

  it('questions about a picture that is replaced meanwhile end as cancelled, or with its own answer', async () => {
    const worker = await opened()
    await look(worker, first)
    const right = await valuesOf(worker)
    const asked = Promise.allSettled([2, 1, 3].map(index => worker.explain(question(index), waiting())))
    await look(worker, second)
    for (const [i, answer] of (await asked).entries()) {
      if (answer.status === 'rejected') expect(answer.reason).toMatchObject({ code: 'cancelled' })
      else if (i === 1 && answer.value.value.kind === 'map') expect(answer.value.value.map.values).toEqual(right)
    }
    expect(await valuesOf(worker)).not.toEqual(right)
  })

  it('changes are of the picture that was looked at: none of them gives its own answer again, another picture drops them', async () => {
    const worker = await opened()
    const { logits } = await look(worker, first)
    const before = await valuesOf(worker)
    const off = { path: 'conv1', change: { kind: 'off', channels: [0, 1] } } as const
    const changed = await worker.intervene({ interventions: [off] }, waiting())
    expect(changed.logits).not.toEqual(logits)
    expect(await valuesOf(worker)).not.toEqual(before)
    const none = await worker.intervene({ interventions: [] }, waiting())
    expect(none.logits).toEqual(logits)
    expect(await valuesOf(worker)).toEqual(before)
    await worker.intervene({ interventions: [off] }, waiting())
    await look(worker, first)
    expect(await valuesOf(worker)).toEqual(before)
  })

  it('the strip has a Grad-CAM at every stage, the last first, as they are asked for one by one', async () => {
    const worker = await opened()
    await look(worker, first)
    const maps = new Map<string, Float32Array>()
    await worker.strip(
      { target: { class: 1 } },
      { ...waiting(), emit: ({ layer, map }: Calls['strip']['event']) => maps.set(layer, map.values) },
    )
    expect(maps.size).toBeGreaterThan(1)
    for (const [layer, values] of maps) {
      const { value } = await worker.explain({ ...question(), layer }, waiting())
      expect(value.kind === 'map' && value.map.values, layer).toEqual(values)
    }
  })

  it('tells how far a method of many runs is', async () => {
    const worker = await opened()
    await look(worker, first)
    const shares: Calls['explain']['event'][] = []
    await worker.explain(
      { ...question(), method: 'score-cam' },
      { ...waiting(), emit: (share: Calls['explain']['event']) => shares.push(share) },
    )
    expect(shares[0]).toEqual({ done: 0, total: shares.length })
    expect(shares.at(-1)?.done).toBe(shares.length - 1)
  })
})
