import { expect, test } from 'vitest'
import { classOf } from '../../src/attribution/target'
import { HookscopeError } from '../../src/errors'
import { Client } from '../../src/worker/client'
import type { EngineState, Progress } from '../../src/worker/protocol'
import { type Asked, explanation, gate, inProcess, networkView, sight, untilAborted } from '../support/workers'

const picture = new Blob(['a picture'])
const scene = { model: 'resnet', engine: 'auto', picture, resize: 'crop' } as const
const question = { method: 'gradcam', layer: 'layer1', target: { class: 1 } } as const

/** Answers as a worker does; `auto` and `webgpu` give WebGPU. */
function answer({ call, emit }: Asked) {
  if (call.name === 'open') {
    for (const phase of ['download', 'engine', 'compile'] as const) emit({ phase })
    return networkView(call.params.model, call.params.engine === 'wasm' ? 'wasm' : 'webgpu')
  }
  if (call.name === 'look') return sight(0, 1, 2, 3)
  if (call.name === 'explain') return { value: explanation(call.params), ms: 1 }
  return null
}

const failure = () => {
  throw new HookscopeError('engine-failed', 'The device was lost.')
}

test('one picture on one network costs one open and one look, however often it is asked about', async () => {
  const workers = inProcess(answer)
  const client = new Client({}, workers.start)
  await client.open(scene)
  await client.look(scene)
  await client.explain(scene, question)
  await Promise.all([
    client.explain(scene, { ...question, target: { class: 2 } }),
    client.strip(scene, { class: 2 }, () => {}),
  ])
  expect(workers.log()).toEqual(['0 open resnet auto', '0 look', '0 explain', '0 explain', '0 strip'])
})

test('WebGPU that fails midway: a fresh worker on WASM stands at the same picture and answers', async () => {
  const engines: EngineState[] = []
  const workers = inProcess(asked => (asked.worker === 0 && asked.call.name === 'explain' ? failure() : answer(asked)))
  const client = new Client({ onEngine: engine => engines.push(engine) }, workers.start)
  await client.look(scene)
  const { value } = await client.explain(scene, question)
  expect(value).toEqual(explanation(question))
  expect(workers.log()).toEqual([
    '0 open resnet auto',
    '0 look',
    '0 explain',
    '1 open resnet wasm',
    '1 look',
    '1 explain',
  ])
  expect(workers.ended()).toBe(1)
  expect(engines).toEqual([{ name: 'wasm', threads: 1, note: 'WebGPU failed (The device was lost); running on WASM.' }])
})

test('calls that fail together move to WASM once', async () => {
  const workers = inProcess(asked => (asked.worker === 0 && asked.call.name === 'explain' ? failure() : answer(asked)))
  const client = new Client({}, workers.start)
  await client.look(scene)
  const targets = [1, 2, 3].map(target => client.explain(scene, { ...question, target: { class: target } }))
  expect((await Promise.all(targets)).map(({ value }) => classOf(value.target))).toEqual([1, 2, 3])
  expect(workers.started()).toBe(2)
  expect(workers.log().filter(line => line === '1 look')).toHaveLength(1)
})

test('WebGPU that fails at the start: WASM from the start, and for the next network too', async () => {
  const workers = inProcess(asked =>
    asked.call.name === 'open' && asked.call.params.engine !== 'wasm' ? failure() : answer(asked),
  )
  const client = new Client({}, workers.start)
  const { engine } = await client.open(scene)
  expect(engine).toMatchObject({ name: 'wasm', note: expect.stringContaining('The device was lost') })
  await client.open({ model: 'alexnet', engine: 'auto' })
  expect(workers.log()).toEqual(['0 open resnet auto', '1 open resnet wasm', '1 open alexnet wasm'])
})

test('on WASM a failure of the engine is said, not tried again', async () => {
  const workers = inProcess(asked => (asked.call.name === 'explain' ? failure() : answer(asked)))
  const client = new Client({}, workers.start)
  const onWasm = { ...scene, engine: 'wasm' } as const
  await client.look(onWasm)
  await expect(client.explain(onWasm, question)).rejects.toMatchObject({ code: 'engine-failed' })
  expect(workers.started()).toBe(1)
})

test('a download that is given up leaves the network that is open', async () => {
  const workers = inProcess(asked =>
    asked.call.name === 'open' && asked.call.params.model === 'large' ? untilAborted(asked.signal) : answer(asked),
  )
  const client = new Client({}, workers.start)
  await client.look(scene)
  const large = client.open({ model: 'large', engine: 'auto' })
  large.catch(() => {})
  await new Promise(resolve => setTimeout(resolve))
  client.cancel()
  await expect(large).rejects.toMatchObject({ code: 'cancelled' })
  await client.explain(scene, question)
  expect(workers.log()).toEqual(['0 open resnet auto', '0 look', '0 open large auto', '0 explain'])
  expect(workers.started()).toBe(1)
})

test('a compilation that is given up ends the worker; the next question finds its picture again', async () => {
  const compiling = gate()
  const workers = inProcess(asked => {
    if (asked.call.name !== 'open' || asked.call.params.model !== 'large') return answer(asked)
    asked.emit({ phase: 'compile' })
    return new Promise<never>(() => {})
  })
  const onProgress = ({ phase }: Progress) => phase === 'compile' && compiling.open()
  const client = new Client({ onProgress }, workers.start)
  await client.look(scene)
  const large = client.open({ model: 'large', engine: 'auto' })
  large.catch(() => {})
  await compiling.passed
  await new Promise(resolve => setTimeout(resolve))
  client.cancel()
  await expect(large).rejects.toMatchObject({ code: 'cancelled' })
  expect(workers.ended()).toBe(1)
  const { value } = await client.explain(scene, question)
  expect(value).toEqual(explanation(question))
  expect(workers.log().slice(-3)).toEqual(['1 open resnet auto', '1 look', '1 explain'])
})

test('while another network is being opened, the one that is open goes on answering', async () => {
  const ready = gate()
  const workers = inProcess(async asked => {
    if (asked.call.name === 'open' && asked.call.params.model === 'large') await ready.passed
    return answer(asked)
  })
  const client = new Client({}, workers.start)
  await client.look(scene)
  const large = client.open({ model: 'large', engine: 'auto' })
  await client.explain(scene, question)
  ready.open()
  expect((await large).id).toBe('large')
  expect(workers.log()).toEqual(['0 open resnet auto', '0 look', '0 open large auto', '0 explain'])
})

test('a picture that cannot be read leaves the one before: asking about it looks no second time', async () => {
  const bad = new Blob(['not a picture'])
  const workers = inProcess(asked => {
    if (asked.call.name === 'look' && asked.call.params.picture === bad)
      throw new HookscopeError('bad-picture', 'It is not a picture.')
    return answer(asked)
  })
  const client = new Client({}, workers.start)
  await client.look(scene)
  await expect(client.look({ ...scene, picture: bad })).rejects.toMatchObject({ code: 'bad-picture' })
  await client.explain(scene, question)
  expect(workers.log()).toEqual(['0 open resnet auto', '0 look', '0 look', '0 explain'])
})

test('nobody waits for an aborted question, and the worker hears of it', async () => {
  const workers = inProcess(asked => (asked.call.name === 'explain' ? untilAborted(asked.signal) : answer(asked)))
  const client = new Client({}, workers.start)
  await client.look(scene)
  const abort = new AbortController()
  const asked = client.explain(scene, question, { signal: abort.signal })
  asked.catch(() => {})
  await new Promise(resolve => setTimeout(resolve))
  abort.abort()
  await expect(asked).rejects.toMatchObject({ code: 'cancelled' })
  expect(workers.asked.at(-1)?.signal.aborted).toBe(true)
})

test('a network of one’s own goes to every worker that opens it', async () => {
  const workers = inProcess(asked => (asked.worker === 0 && asked.call.name === 'explain' ? failure() : answer(asked)))
  const client = new Client({}, workers.start)
  const preprocessing = networkView('pets', 'wasm').preprocessing
  const setup = { output: null, activation: null, preprocessing, resize: 'crop', labels: 'numbers' } as const
  const own = { id: 'pets', name: 'pets.onnx', file: new Blob(['an onnx file']), beside: [], setup }
  client.introduce(own)
  await client.explain({ ...scene, model: 'pets' }, question)
  const opened = workers.asked.flatMap(({ worker, call }) => (call.name === 'open' ? [[worker, call.params.own]] : []))
  expect(opened).toEqual([
    [0, own],
    [1, own],
  ])
})
