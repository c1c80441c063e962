import { expect, test } from 'vitest'
import { PageStorage } from '../../src/ui/storage'

/** A browser's storage that throws whenever `error` gives an error. */
function browser(error: () => Error | null) {
  const kept = new Map<string, string>()
  const maybe = <T>(work: () => T): T => {
    const thrown = error()
    if (thrown) throw thrown
    return work()
  }
  const storage: Storage = {
    get length() {
      return kept.size
    },
    key: index => [...kept.keys()][index] ?? null,
    clear: () => kept.clear(),
    getItem: name => maybe(() => kept.get(name) ?? null),
    setItem: (name, value) => maybe(() => void kept.set(name, value)),
    removeItem: name => maybe(() => void kept.delete(name)),
  }
  return { storage, kept }
}

test('what is kept comes back, from the browser', () => {
  const { storage, kept } = browser(() => null)
  const page = new PageStorage(() => storage)
  page.setItem('a', '1')
  expect(kept.get('a')).toBe('1')
  expect(page.getItem('a')).toBe('1')
  page.removeItem('a')
  expect(page.getItem('a')).toBeNull()
  expect(kept.size).toBe(0)
  expect(page.refusal).toBeNull()
})

test('where touching it throws, all lasts as long as the page, and is said once', () => {
  const page = new PageStorage(() => {
    throw new DOMException('The operation is insecure.', 'SecurityError')
  })
  let told = 0
  page.subscribe(() => told++)
  expect(page.getItem('a')).toBeNull()
  page.setItem('a', '1')
  expect(page.getItem('a')).toBe('1')
  page.removeItem('a')
  expect(page.getItem('a')).toBeNull()
  expect(page.refusal).toBe('blocked')
  expect(told).toBe(1)
})

test('where it is full, what was kept before is read, what is new goes before it; room again is used again', () => {
  let full = false
  const { storage, kept } = browser(() => (full ? new DOMException('no room', 'QuotaExceededError') : null))
  const page = new PageStorage(() => storage)
  page.setItem('a', 'old')
  full = true
  page.setItem('a', 'new')
  expect(page.refusal).toBe('full')
  full = false
  expect(page.getItem('a')).toBe('new')
  expect(kept.get('a')).toBe('old')
  page.setItem('a', 'newer')
  expect(kept.get('a')).toBe('newer')
})
