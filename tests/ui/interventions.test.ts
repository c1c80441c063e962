import { expect, it } from 'vitest'
import { points } from '../../src/ui/model/format'
import {
  changeOf,
  changeWords,
  channelsOff,
  type Draft,
  draftOf,
  FIRST_DRAFT,
  type Listed,
  listed,
  readChannels,
  withChannel,
  writeChannels,
} from '../../src/ui/model/interventions'

it.each([
  ['12', [12]],
  ['12, 40-45', [12, 40, 41, 42, 43, 44, 45]],
  [' 3 ,1;  1 2 ', [1, 2, 3]],
  ['40 - 42,7', [7, 40, 41, 42]],
  ['5–6', [5, 6]],
  ['0-0', [0]],
  ['', []],
])('channels are read from %j', (text, channels) => {
  expect(readChannels(text, 64)).toEqual({ channels })
})

it.each([
  ['64', /no channel 64: they run from 0 to 63/],
  ['1-100', /no channel 100/],
  ['a', /“a” is no channel/],
  ['-1', /“-1” is no channel/],
  ['1.5', /“1\.5” is no channel/],
  ['9-3', /9-3 runs backwards/],
])('what is wrong with %j is said', (text, fault) => {
  expect(readChannels(text, 64)).toEqual({ fault: expect.stringMatching(fault) })
})

it('channels are written as they can be read again', () => {
  expect(writeChannels([12, 45, 40, 41, 42, 43, 44])).toBe('12, 40–45')
  expect(writeChannels([1, 2, 4])).toBe('1, 2, 4')
  for (const channels of [[], [0], [0, 1], [3, 4, 5, 9, 11, 12]])
    expect(readChannels(writeChannels(channels), 64)).toEqual({ channels })
})

const draft = (change: Partial<Draft>): Draft => ({ ...FIRST_DRAFT, ...change })

it.each<[Partial<Draft>, unknown, string]>([
  [{ kind: 'off', channels: '1, 3-4' }, { kind: 'off', channels: [1, 3, 4] }, '1, 3, 4 off'],
  [{ kind: 'keep', channels: '5' }, { kind: 'keep', channels: [5] }, 'only 5'],
  [{ kind: 'scale', factor: -0.5 }, { kind: 'scale', factor: -0.5 }, 'all × −0.5'],
  [{ kind: 'scale', factor: 2, channels: '0' }, { kind: 'scale', factor: 2, channels: [0] }, '0 × 2'],
  [{ kind: 'clamp', min: 0, max: 1 }, { kind: 'clamp', min: 0, max: 1 }, 'within 0 and 1'],
  [{ kind: 'clamp', min: Number.NaN, max: 1 }, { kind: 'clamp', min: Number.NEGATIVE_INFINITY, max: 1 }, 'at most 1'],
  [{ kind: 'noise', share: 0.5, seed: 3 }, { kind: 'noise', share: 0.5, seed: 3 }, 'noise of 0.5 σ'],
  [{ kind: 'mean', channels: '2' }, { kind: 'mean', channels: [2] }, '2 averaged'],
  [{ kind: 'hook', code: 'x => x' }, { kind: 'hook', code: 'x => x' }, 'JavaScript'],
])('the form %j is a change, in words, and comes back into the form', (fields, change, words) => {
  const made = changeOf(draft(fields), 8)
  expect(made).toEqual({ change })
  if ('fault' in made) throw new Error(made.fault)
  expect(changeWords(made.change)).toBe(words)
  const again = draftOf({ id: 4, path: 'layer4', change: made.change, on: true }, FIRST_DRAFT)
  expect([again.id, again.path]).toEqual([4, 'layer4'])
  expect(changeOf(again, 8)).toEqual(made)
})

it.each<[Partial<Draft>, RegExp]>([
  [{ kind: 'off', channels: '' }, /Which channels/],
  [{ kind: 'off', channels: '8' }, /no channel 8/],
  [{ kind: 'clamp', min: 2, max: 1 }, /above the largest/],
  [{ kind: 'hook', code: '  ' }, /Write a function/],
])('the form %j is none yet, and says why', (fields, fault) => {
  expect(changeOf(draft(fields), 8)).toEqual({ fault: expect.stringMatching(fault) })
})

it('a channel of the grid goes off and on again, in the change that is there', () => {
  let ids = 10
  const toggle = (list: readonly Listed[], channel: number) => withChannel(list, 'layer4', channel, () => ids++)
  const other: Listed = { id: 1, path: 'layer3', change: { kind: 'off', channels: [7] }, on: true }
  const once = toggle([other], 7)
  expect(once).toEqual([other, { id: 10, path: 'layer4', change: { kind: 'off', channels: [7] }, on: true }])
  const twice = toggle(once, 2)
  expect(twice[1]).toMatchObject({ id: 10, change: { channels: [2, 7] } })
  expect(channelsOff(twice, 'layer4')).toEqual(new Set([2, 7]))
  expect(toggle(toggle(twice, 7), 2)).toEqual([other])
  // One that is switched off itself stays as it is.
  const idle = twice.map(it => ({ ...it, on: false }))
  expect(toggle(idle, 2).slice(0, 2)).toEqual(idle)
  expect(toggle(idle, 2)[2]).toMatchObject({ path: 'layer4', change: { channels: [2] }, on: true })
})

it('a change takes its own place in the list', () => {
  const [a, b]: Listed[] = [1, 2].map(id => ({ id, path: 'a', change: { kind: 'mean' }, on: true }) as const)
  if (!a || !b) throw new Error('no changes')
  expect(listed([a], b)).toEqual([a, b])
  expect(listed([a, b], { ...a, on: false })).toEqual([{ ...a, on: false }, b])
})

it('points', () => {
  expect([0.034, -0.27, 0, -0.0001, 0.0005, 1].map(points)).toEqual(['+3.4', '−27.0', '±0.0', '±0.0', '+0.1', '+100.0'])
})
