import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Client } from '../../src/worker/client'
import { Silence } from '../../src/worker/silence'
import { inProcess, networkView, sight } from '../support/workers'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('a worker that answers is asked again every second, and nothing is told', () => {
  let pings = 0
  const told: number[] = []
  const silence = new Silence(
    () => {
      pings++
      silence.heard()
    },
    seconds => told.push(seconds),
  )
  silence.start()
  vi.advanceTimersByTime(5000)
  expect([pings, told]).toEqual([6, []])
  silence.stop()
  vi.advanceTimersByTime(5000)
  expect(pings).toBe(6)
})

test('silence is counted in seconds from the ping that was not answered, and its end is told', () => {
  const told: number[] = []
  const silence = new Silence(
    () => {},
    seconds => told.push(seconds),
  )
  silence.start()
  vi.advanceTimersByTime(3000)
  silence.heard()
  silence.stop()
  expect(told).toEqual([1, 2, 3, 0])
})

test('a page that slept counts nothing for that time', () => {
  const told: number[] = []
  const silence = new Silence(
    () => {},
    seconds => told.push(seconds),
  )
  silence.start()
  vi.advanceTimersByTime(1000)
  vi.setSystemTime(Date.now() + 3_600_000)
  const now = performance.now()
  const clock = vi.spyOn(performance, 'now').mockReturnValue(now + 3_600_000)
  vi.advanceTimersByTime(1000)
  clock.mockRestore()
  silence.stop()
  expect(told.filter(seconds => seconds > 1)).toEqual([])
})

test('the engine may be silent for as long as a network needs: that is told, and only a person ends it', async () => {
  const told: (number | null)[] = []
  let mute = false
  const workers = inProcess(({ call }) => {
    if (call.name === 'open') return networkView(call.params.model, 'wasm')
    mute = true
    return call.name === 'look' ? new Promise(resolve => setTimeout(() => resolve(sight(1)), 100_000)) : null
  })
  const deaf = () => {
    const port = workers.start()
    return {
      ...port,
      postMessage: (message: Parameters<typeof port.postMessage>[0]) =>
        !(mute && message.kind === 'ping') && port.postMessage(message),
    }
  }
  const client = new Client({ onSilence: seconds => told.push(seconds) }, deaf)
  const scene = { model: 'resnet', engine: 'wasm', picture: new Blob(['x']), resize: 'crop' } as const
  const looked = client.look(scene)
  await vi.advanceTimersByTimeAsync(101_000)
  expect((await looked).sight.logits).toEqual(sight(1).logits)
  expect(told.slice(0, 3)).toEqual([1, 2, 3])
  expect(told.at(-1)).toBeNull()
  expect(workers.ended()).toBe(0)

  const stopped = client.look({ ...scene, picture: new Blob(['y']) })
  stopped.catch(() => {})
  await vi.advanceTimersByTimeAsync(10_000)
  client.stop()
  expect(workers.ended()).toBe(1)
})
