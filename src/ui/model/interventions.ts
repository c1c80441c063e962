import type { Intervention } from '../../worker/protocol'
import { value } from './format'

type Change = Intervention['change']
export type Kind = Change['kind']

/** A change on the page's list. */
export interface Listed extends Intervention {
  readonly id: number
  readonly on: boolean
}

/** The change in the form, as it is typed. */
export interface Draft {
  /** The listed change that it is; null before it is one. */
  readonly id: number | null
  /** Its hook point; null for the layer that is looked at. */
  readonly path: string | null
  readonly kind: Kind
  /** "12, 40-45"; empty for all of them where that has a sense. */
  readonly channels: string
  readonly factor: number
  /** NaN: no limit. */
  readonly min: number
  readonly max: number
  /** Of noise, in standard deviations. */
  readonly share: number
  readonly seed: number
  readonly code: string
}

/** Each kind as the form and the list call it. */
export const KINDS = {
  off: { label: 'Switch off', help: 'The channels are 0 everywhere.', channels: 'some' },
  keep: { label: 'Keep only', help: 'All other channels are 0.', channels: 'some' },
  scale: { label: 'Scale', help: 'Each value times a factor.', channels: 'any' },
  clamp: { label: 'Clamp', help: 'Values stay within limits.', channels: 'none' },
  noise: { label: 'Add noise', help: 'Normal noise, the same for the same seed.', channels: 'none' },
  mean: { label: 'Average', help: 'Each channel is its own mean at every place.', channels: 'any' },
  hook: { label: 'JavaScript', help: 'A function of your own.', channels: 'none' },
} as const satisfies Record<Kind, { label: string; help: string; channels: 'none' | 'some' | 'any' }>

const EXAMPLE = `(activation, { shape, path }) => {
  // Row-major values of ${'`shape`'}. Return as many, or nothing.
  return activation.map(x => Math.min(x, 1))
}`

export const FIRST_DRAFT: Draft = {
  id: null,
  path: null,
  kind: 'off',
  channels: '',
  factor: 2,
  min: 0,
  max: 1,
  share: 0.5,
  seed: 1,
  code: EXAMPLE,
}

/** "12, 40-45" as channels in order, each once; or what is wrong with it. */
export function readChannels(text: string, count: number): { channels: number[] } | { fault: string } {
  const found = new Set<number>()
  const ranges = text.replace(/(\d)\s*[-–]\s*(\d)/g, '$1-$2')
  for (const part of ranges.split(/[,;\s]+/).filter(part => part !== '')) {
    const [, from = '', to = from] = /^(\d+)(?:-(\d+))?$/.exec(part) ?? []
    if (from === '') return { fault: `“${part}” is no channel. Write numbers and ranges: 12, 40-45.` }
    const [first, last] = [Number(from), Number(to)]
    if (last < first) return { fault: `${part} runs backwards.` }
    if (last >= count) return { fault: `There is no channel ${last}: they run from 0 to ${count - 1}.` }
    for (let channel = first; channel <= last; channel++) found.add(channel)
  }
  return { channels: [...found].sort((a, b) => a - b) }
}

/** 12, 40–45 */
export function writeChannels(channels: readonly number[]): string {
  const parts: { first: number; last: number }[] = []
  for (const channel of [...channels].sort((a, b) => a - b)) {
    const run = parts.at(-1)
    if (run && channel === run.last + 1) run.last = channel
    else parts.push({ first: channel, last: channel })
  }
  const written = ({ first, last }: { first: number; last: number }) => {
    if (first === last) return String(first)
    return last === first + 1 ? `${first}, ${last}` : `${first}–${last}`
  }
  return parts.map(written).join(', ')
}

/** The change that a draft stands for at a hook point of so many channels, or what it lacks. */
export function changeOf(draft: Draft, count: number): { change: Change } | { fault: string } {
  const { kind, factor, share, seed, code } = draft
  if (kind === 'hook') return code.trim() === '' ? { fault: 'Write a function.' } : { change: { kind, code } }
  if (kind === 'noise') return { change: { kind, share, seed } }
  if (kind === 'clamp') {
    const min = Number.isNaN(draft.min) ? Number.NEGATIVE_INFINITY : draft.min
    const max = Number.isNaN(draft.max) ? Number.POSITIVE_INFINITY : draft.max
    return min <= max ? { change: { kind, min, max } } : { fault: 'The least value is above the largest.' }
  }
  const read = readChannels(draft.channels, count)
  if ('fault' in read) return read
  const { channels } = read
  if (kind === 'off' || kind === 'keep')
    return channels.length > 0 ? { change: { kind, channels } } : { fault: 'Which channels? 12, 40-45' }
  const some = channels.length > 0 ? { channels } : {}
  return { change: kind === 'scale' ? { kind, factor, ...some } : { kind, ...some } }
}

/** The form for a change that is listed. */
export function draftOf({ id, path, change }: Listed, before: Draft): Draft {
  const draft = { ...before, id, path, kind: change.kind }
  const channels = 'channels' in change && change.channels ? writeChannels(change.channels) : ''
  const limit = (x: number) => (Number.isFinite(x) ? x : Number.NaN)
  switch (change.kind) {
    case 'clamp':
      return { ...draft, min: limit(change.min), max: limit(change.max) }
    case 'noise':
      return { ...draft, share: change.share, seed: change.seed }
    case 'hook':
      return { ...draft, code: change.code }
    case 'scale':
      return { ...draft, channels, factor: change.factor }
    default:
      return { ...draft, channels }
  }
}

/** A change in a few words: "12, 40–45 off", "3 × 0.5", "noise of 0.5 σ". */
export function changeWords(change: Change): string {
  const named = 'channels' in change && change.channels ? writeChannels(change.channels) : 'all'
  switch (change.kind) {
    case 'off':
      return `${named} off`
    case 'keep':
      return `only ${named}`
    case 'scale':
      return `${named} × ${value(change.factor)}`
    case 'clamp':
      return limits(change)
    case 'noise':
      return `noise of ${value(change.share)} σ`
    case 'mean':
      return `${named} averaged`
    case 'hook':
      return 'JavaScript'
  }
}

function limits({ min, max }: { min: number; max: number }): string {
  if (!Number.isFinite(min)) return Number.isFinite(max) ? `at most ${value(max)}` : 'within no limits'
  return Number.isFinite(max) ? `within ${value(min)} and ${value(max)}` : `at least ${value(min)}`
}

/** The list with one more, or with another in the place of the one of its id. */
export function listed(list: readonly Listed[], one: Listed): readonly Listed[] {
  return list.some(({ id }) => id === one.id) ? list.map(it => (it.id === one.id ? one : it)) : [...list, one]
}

/** Channels of a layer that are switched off. */
export function channelsOff(list: readonly Intervention[], layer: string): ReadonlySet<number> {
  return new Set(list.flatMap(({ path, change }) => (path === layer && change.kind === 'off' ? change.channels : [])))
}

/** The list with a channel of a layer switched off, or on again where it was off. */
export function withChannel(
  list: readonly Listed[],
  layer: string,
  channel: number,
  nextId: () => number,
): readonly Listed[] {
  const inForce = list.filter(({ on }) => on)
  const isOff = channelsOff(inForce, layer).has(channel)
  const at = inForce.findLast(({ path, change }) => path === layer && change.kind === 'off')
  if (!isOff) {
    const before = at?.change.kind === 'off' ? at.change.channels : []
    const change = { kind: 'off', channels: [...before, channel].sort((a, b) => a - b) } as const
    return listed(list, { id: at?.id ?? nextId(), path: layer, change, on: true })
  }
  return list.flatMap(it => {
    if (!it.on || it.path !== layer || it.change.kind !== 'off') return [it]
    const channels = it.change.channels.filter(other => other !== channel)
    return channels.length > 0 ? [{ ...it, change: { kind: 'off', channels } as const }] : []
  })
}
