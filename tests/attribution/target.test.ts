import { describe, expect, it } from 'vitest'
import { keyOf, sayTarget, scoreOf, seedOf, type Target, termsOf } from '../../src/attribution/target'

const CLASSES = [0, 1, 2].map(index => ({ index, sign: 1 as const }))
/** A single logit: class 0 is what it stands for, class 1 its absence. */
const SINGLE = [
  { index: 0, sign: 1 },
  { index: 0, sign: -1 },
] as const
const LOGITS = Float32Array.of(3, -1, 0.5)

const TARGETS: readonly [Target, string, number, readonly number[]][] = [
  [{ class: 1 }, 'dog', -1, [0, 1, 0]],
  [{ class: 0, against: 2 }, 'cat against cup', 2.5, [1, 0, -1]],
  [{ absent: 2 }, 'absence of cup', -0.5, [0, 0, -1]],
]

describe('a target is a sum of logits', () => {
  it.each(TARGETS)('%o: its words, its number and the derivative of that', (target, words, score, seed) => {
    expect(sayTarget(target, index => ['cat', 'dog', 'cup'][index] ?? '')).toBe(words)
    expect(scoreOf(target, LOGITS)).toBe(score)
    const found = seedOf(termsOf(target, CLASSES), { stride: 1 }, 3)
    expect([...found]).toEqual(seed)
    const steps = [0, 1, 2].map(k => LOGITS.map((logit, i) => logit + (i === k ? 0.25 : 0)))
    expect(steps.map(logits => (scoreOf(target, logits) - score) / 0.25)).toEqual(seed)
  })

  it('of a single logit its absence is class 1, and the absence of that is the logit', () => {
    expect([...seedOf(termsOf({ class: 1 }, SINGLE), { stride: 1 }, 1)]).toEqual([-1])
    expect([...seedOf(termsOf({ absent: 1 }, SINGLE), { stride: 1 }, 1)]).toEqual([1])
    expect([...seedOf(termsOf({ class: 0, against: 1 }, SINGLE), { stride: 1 }, 1)]).toEqual([2])
  })

  it('logits may stand apart', () => {
    expect([...seedOf(termsOf({ class: 1 }, CLASSES), { stride: 2 }, 6)]).toEqual([0, 0, 1, 0, 0, 0])
  })

  it('no two have one key', () => {
    const all: Target[] = [
      { class: 1 },
      { class: 2 },
      { absent: 1 },
      { class: 1, against: 2 },
      { class: 2, against: 1 },
    ]
    expect(new Set(all.map(keyOf)).size).toBe(all.length)
  })

  it('classes that are not there are refused, and one against itself', () => {
    for (const target of [{ class: 3 }, { class: -1 }, { absent: 3 }, { class: 0, against: 7 }] as const)
      expect(() => termsOf(target, CLASSES)).toThrow(expect.objectContaining({ code: 'unknown-class' }))
    expect(() => termsOf({ class: 1, against: 1 }, CLASSES)).toThrow(expect.objectContaining({ code: 'bad-argument' }))
  })
})
