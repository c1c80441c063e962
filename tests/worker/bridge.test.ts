import { expect, test } from 'vitest'
import { HookscopeError } from '../../src/errors'
import { Bridge } from '../../src/worker/bridge'
import { gate, inProcess, sight, untilAborted } from '../support/workers'

const look = { picture: new Blob(['x']), resize: 'crop' } as const

test('each answer reaches the call that asked, whatever their order', async () => {
  const slow = gate()
  const bridge = new Bridge(
    inProcess(async ({ call }) => {
      if (call.id === 0) await slow.passed
      return sight(call.id)
    }).start(),
  )
  const first = bridge.call('look', look)
  const second = await bridge.call('look', look)
  slow.open()
  expect([...second.logits]).toEqual([1])
  expect([...(await first).logits]).toEqual([0])
})

test('events come while the call runs, and none after it', async () => {
  const events: unknown[] = []
  const worker = inProcess(({ emit }) => {
    emit('one')
    emit('two')
    setTimeout(() => emit('late'))
    return null
  })
  await new Bridge(worker.start()).call('strip', { target: { class: 1 } }, { onEvent: event => events.push(event) })
  await new Promise(resolve => setTimeout(resolve, 5))
  expect(events).toEqual(['one', 'two'])
})

test('an error keeps its code and sentence; one without a code is a fault', async () => {
  const bridge = new Bridge(
    inProcess(({ call }) => {
      throw call.id === 0 ? new HookscopeError('bad-picture', 'It is not a picture.') : new TypeError('x is undefined')
    }).start(),
  )
  const error = await bridge.call('look', look).catch(error => error)
  expect(error).toBeInstanceOf(HookscopeError)
  expect(error).toMatchObject({ code: 'bad-picture', message: 'It is not a picture.' })
  const fault = await bridge.call('look', look).catch(error => error)
  expect(fault).not.toBeInstanceOf(HookscopeError)
  expect(fault.message).toContain('x is undefined')
})

test('a worker whose engine is lost is ended: what was under way rejects', async () => {
  const slow = gate()
  const lost = new HookscopeError('engine-lost', 'The engine broke off.', { detail: 'unreachable' })
  const bridge = new Bridge(
    inProcess(async ({ call }) => {
      if (call.id === 1) throw lost
      await slow.passed
      return null
    }).start(),
  )
  const waiting = bridge.call('look', look)
  const told = { code: 'engine-lost', message: lost.message, detail: 'unreachable' }
  await expect(bridge.call('look', look)).rejects.toMatchObject(told)
  await expect(waiting).rejects.toMatchObject(told)
  expect(bridge.ended).toBe(true)
})

test('an abort reaches the worker, and the call tells what became of it', async () => {
  const abort = new AbortController()
  const bridge = new Bridge(inProcess(({ signal }) => untilAborted(signal)).start())
  const call = bridge.call('look', look, { signal: abort.signal })
  setTimeout(() => abort.abort())
  await expect(call).rejects.toMatchObject({ code: 'cancelled' })
})

test('a call that was aborted before it began asks nothing', async () => {
  const worker = inProcess(() => null)
  const call = new Bridge(worker.start()).call('look', look, { signal: AbortSignal.abort() })
  await expect(call).rejects.toMatchObject({ code: 'cancelled' })
  expect(worker.asked).toEqual([])
})

test('ending the worker ends every call, those to come too', async () => {
  const worker = inProcess(() => new Promise<never>(() => {}))
  const bridge = new Bridge(worker.start())
  const call = bridge.call('look', look)
  bridge.end()
  await expect(call).rejects.toMatchObject({ code: 'cancelled' })
  await expect(bridge.call('look', look)).rejects.toMatchObject({ code: 'cancelled' })
  expect(worker.ended()).toBe(1)
})
