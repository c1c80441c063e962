import { expect, it } from 'vitest'
import { finish, inTurns, part, type Steps } from '../../src/graph/steps'

function* slow(count: number, milliseconds: number): Steps<string> {
  for (let i = 0; i < count; i++) {
    const until = performance.now() + milliseconds
    while (performance.now() < until);
    yield i / count
  }
  return 'done'
}

function* twice(): Steps<string> {
  yield* part(slow(4, 30), 0, 0.5)
  return yield* part(slow(4, 30), 0.5, 1)
}

it('work in steps is done at once, or in turns that tell how much is done', async () => {
  expect(finish(slow(3, 0))).toBe('done')
  const told: number[] = []
  expect(await inTurns(twice(), { onProgress: done => told.push(done) })).toBe('done')
  expect(told.length).toBeGreaterThan(0)
  expect(told).toEqual(told.toSorted((a, b) => a - b))
  expect(told.every(done => done > 0 && done < 1)).toBe(true)
})

it('others have their turn between two turns, and a signal ends the work there', async () => {
  const abort = new AbortController()
  let steps = 0
  const work = inTurns(slow(100, 30), { signal: abort.signal, onProgress: () => steps++ })
  setTimeout(() => abort.abort(), 50)
  await expect(work).rejects.toMatchObject({ code: 'cancelled' })
  expect(steps).toBeLessThan(5)
})

it('short work is not interrupted', async () => {
  expect(await inTurns(slow(3, 0), { onProgress: () => expect.unreachable() })).toBe('done')
})
