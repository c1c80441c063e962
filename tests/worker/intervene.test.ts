import { expect, test } from 'vitest'
import { HookscopeError } from '../../src/errors'
import { Client } from '../../src/worker/client'
import type { Calls, Intervention } from '../../src/worker/protocol'
import {
  type Asked,
  explanation,
  gate,
  inProcess,
  intervened,
  networkView,
  sight,
  untilAborted,
} from '../support/workers'

const off: readonly Intervention[] = [{ path: 'layer1', change: { kind: 'off', channels: [1] } }]
const hooked: readonly Intervention[] = [{ path: 'layer1', change: { kind: 'hook', code: 'x => x' } }]
const base = { model: 'resnet', engine: 'wasm', picture: new Blob(['a picture']), resize: 'crop' } as const
const question = { method: 'gradcam', layer: 'layer1', target: { class: 1 } } as const
const plain = Float32Array.of(0, 1, 2, 3)

/** Answers as a worker does: each change adds 1 to every logit. */
function answer({ call }: Asked) {
  switch (call.name) {
    case 'open':
      return networkView(call.params.model, call.params.engine === 'wasm' ? 'wasm' : 'webgpu')
    case 'look':
      return sight(...plain)
    case 'intervene':
      return intervened(Array.from(plain, x => x + call.params.interventions.length))
    case 'explain':
      return { value: explanation(call.params), ms: 1 }
    default:
      return null
  }
}

const calls = (log: readonly string[]) => log.map(line => line.split(' ')[1])

test('changes are made once, before the first question about them; others and none replace them', async () => {
  const workers = inProcess(answer)
  const client = new Client({}, workers.start)
  const changed = { ...base, interventions: off }
  expect((await client.intervene(changed)).logits).toEqual(Float32Array.of(1, 2, 3, 4))
  await client.explain(changed, question)
  await client.intervene(changed)
  await client.explain({ ...base, interventions: [] }, question)
  expect((await client.intervene(base)).logits).toEqual(plain)
  expect(calls(workers.log())).toEqual(['open', 'look', 'intervene', 'explain', 'intervene', 'explain'])
  expect((await client.look(changed)).sight.logits).toEqual(plain)
  expect(workers.log()).toHaveLength(6)
})

test('another picture, and a fresh worker, get the changes again', async () => {
  const failing = { once: true }
  const workers = inProcess(asked => {
    if (asked.worker === 0 && asked.call.name === 'explain' && failing.once) {
      failing.once = false
      throw new HookscopeError('engine-failed', 'The device was lost.')
    }
    return answer(asked)
  })
  const client = new Client({}, workers.start)
  await client.explain({ ...base, engine: 'auto', interventions: off }, question)
  expect(workers.log()).toEqual([
    ...['0 open resnet auto', '0 look', '0 intervene', '0 explain'],
    ...['1 open resnet wasm', '1 look', '1 intervene', '1 explain'],
  ])
  await client.explain({ ...base, engine: 'auto', picture: new Blob(['another']), interventions: off }, question)
  expect(workers.log().slice(8)).toEqual(['1 look', '1 intervene', '1 explain'])
})

/** A worker whose changes ask for a hook, and end as the hook does. */
function askingFor() {
  const answers: Calls['hooked']['params'][] = []
  const answered = gate()
  const workers = inProcess(async asked => {
    const { call, emit, signal } = asked
    if (call.name === 'hooked') {
      answers.push(call.params)
      answered.open()
      return null
    }
    if (call.name !== 'intervene') return answer(asked)
    emit({ id: 7, code: 'x => x', path: 'layer1', shape: [1, 2], values: Float32Array.of(1, 2) })
    await Promise.race([answered.passed, untilAborted(signal)])
    const [given] = answers
    if (given && 'code' in given) throw new HookscopeError(given.code, given.message)
    return answer(asked)
  })
  return { workers, answers }
}

test('a hook runs on the page’s side, and what it gives goes back', async () => {
  const { workers, answers } = askingFor()
  const client = new Client({}, workers.start, async (code, { path, shape, values }) => {
    expect([code, path, shape]).toEqual(['x => x', 'layer1', [1, 2]])
    return values.map(x => 2 * x)
  })
  expect((await client.intervene({ ...base, interventions: hooked })).logits).toEqual(Float32Array.of(1, 2, 3, 4))
  expect(answers).toEqual([{ id: 7, values: Float32Array.of(2, 4) }])
})

test('a hook that fails is the change’s failure; the worker stands where it stood', async () => {
  const { workers, answers } = askingFor()
  const client = new Client({}, workers.start, async () => {
    throw new HookscopeError('hook-failed', 'The hook at layer1 failed.')
  })
  const changed = client.intervene({ ...base, interventions: hooked })
  await expect(changed).rejects.toMatchObject({ code: 'hook-failed', message: 'The hook at layer1 failed.' })
  expect(answers).toEqual([{ id: 7, code: 'hook-failed', message: 'The hook at layer1 failed.' }])
  await client.explain(base, question)
  expect(calls(workers.log())).toEqual(['open', 'look', 'intervene', 'hooked', 'explain'])
})

test('a change that is given up ends its hook', async () => {
  const { workers } = askingFor()
  const abort = new AbortController()
  const ended = gate()
  const client = new Client({}, workers.start, (_, __, { signal } = {}) => {
    signal?.addEventListener('abort', ended.open)
    queueMicrotask(() => abort.abort())
    return new Promise(() => {})
  })
  const changed = client.intervene({ ...base, interventions: hooked }, abort.signal)
  await expect(changed).rejects.toMatchObject({ code: 'cancelled' })
  await ended.passed
  expect((await client.explain(base, question)).value).toEqual(explanation(question))
})
