import { type AnalyzedModel, findHookPoint } from '../analysis/analyze'
import type { Channels } from '../analysis/channels'
import type { HookPoint } from '../analysis/types'
import { normal } from '../attribution/random'
import { HookscopeError } from '../errors'
import { sizeOf } from '../graph/tensors'

/** One value of the network for one picture, row-major. */
export interface Activation {
  readonly shape: readonly number[]
  readonly channels: Channels
  readonly values: Float32Array
}

/** The values that take an activation's place. */
export interface Changed {
  /** As many as there were. */
  readonly values: Float32Array
  /**
   * The gradient with respect to the activation before the change, from the one with respect to what took its place:
   * the change's transposed Jacobian. Where it is missing no gradient passes, and layers before the change have no maps.
   */
  readonly pullback?: (gradient: Float32Array) => Float32Array
}

/** May take its time: a hook that someone wrote runs elsewhere. */
export type ChangeFunction = (activation: Activation) => Changed | Promise<Changed>

/**
 * A change of an activation x, as data. Channels count from 0.
 */
export type Change =
  /** x_k = 0 for the channels given. */
  | { readonly kind: 'off'; readonly channels: readonly number[] }
  /** x_k = 0 for all others. */
  | { readonly kind: 'keep'; readonly channels: readonly number[] }
  /** factor · x_k, for every channel where none are given. */
  | { readonly kind: 'scale'; readonly factor: number; readonly channels?: readonly number[] }
  /** min(max(x, min), max); the gradient passes where x lies within. */
  | { readonly kind: 'clamp'; readonly min: number; readonly max: number }
  /**
   * x + share · σ · n, σ the standard deviation of x over all its values and n normal, the same for the same seed. The
   * noise counts as a constant: the gradient passes as it is.
   */
  | { readonly kind: 'noise'; readonly share: number; readonly seed: number }
  /** The mean of x_k over its places, at each of them; for every channel where none are given. */
  | { readonly kind: 'mean'; readonly channels?: readonly number[] }

type ChangeKind = Change['kind']

type Kinds = {
  readonly [K in ChangeKind]: (change: Extract<Change, { kind: K }>, activation: Activation) => Changed
}

const KINDS: Kinds = {
  off: ({ channels }, activation) => scaled(activation, only(channels, 0, 1)),
  keep: ({ channels }, activation) => scaled(activation, only(channels, 1, 0)),
  scale: ({ factor, channels }, activation) => scaled(activation, channels ? only(channels, factor, 1) : () => factor),
  clamp: ({ min, max }, { values }) => ({
    values: values.map(x => Math.min(Math.max(x, min), max)),
    pullback: gradient => gradient.map((g, i) => (within(values[i] ?? Number.NaN, min, max) ? g : 0)),
  }),
  noise: ({ share, seed }, { values }) => {
    const size = share * deviation(values)
    const next = normal(seed)
    return { values: values.map(x => x + size * next()), pullback: gradient => gradient }
  },
  mean: ({ channels }, { channels: all, values }) => {
    const wanted = channels && new Set(channels)
    const averaged = (of: Float32Array) => spread(of, all, channel => wanted?.has(channel) ?? true)
    return { values: averaged(values), pullback: averaged }
  },
}

/** The function that a change as data stands for. */
export function changeOf(change: Change): ChangeFunction {
  const apply = KINDS[change.kind] as (change: Change, activation: Activation) => Changed
  return activation => apply(change, activation)
}

/**
 * The hook point of a change, after a look whether it has what the change speaks of.
 *
 * @throws HookscopeError `unknown-layer`; `bad-argument` for a channel that it has not, or a number that makes no sense
 */
export function checkChange(analyzed: AnalyzedModel, path: string, change: Change): HookPoint {
  const point = findHookPoint(analyzed, path)
  const wrong = fault(change, point)
  if (wrong) throw new HookscopeError('bad-argument', `${point.path} ${wrong}`)
  return point
}

function fault(change: Change, { shape, channels: { count: channels } }: HookPoint): string | undefined {
  const named = 'channels' in change ? (change.channels ?? []) : []
  const stray = named.find(channel => !Number.isInteger(channel) || channel < 0 || channel >= channels)
  if (stray !== undefined) return `has no channel ${stray}. It has ${channels} channels: 0 to ${channels - 1}.`
  if (change.kind === 'scale' && !Number.isFinite(change.factor))
    return `cannot be scaled by ${change.factor}. Give a number.`
  if (change.kind === 'clamp' && !(change.min <= change.max))
    return `cannot be clamped from ${change.min} to ${change.max}. Give the smaller number first.`
  if (change.kind === 'noise' && !(change.share >= 0 && Number.isFinite(change.share)))
    return `cannot get noise of ${change.share} standard deviations. Give a number from 0 on.`
  if (change.kind === 'mean' && sizeOf(shape) === channels)
    return `has one value a channel, so a mean changes nothing. Choose a layer with a height and a width.`
  return undefined
}

const only =
  (channels: readonly number[], factor: number, otherwise: number, chosen = new Set(channels)) =>
  (channel: number): number =>
    chosen.has(channel) ? factor : otherwise

/** factor_k · x_k, and the same for the gradient. A factor of 0 leaves 0, whatever was there. */
function scaled({ channels, values }: Activation, factor: (channel: number) => number): Changed {
  const { count, stride } = channels
  const factors = Float64Array.from({ length: count }, (_, channel) => factor(channel))
  const scale = (x: number, i: number) => {
    const by = factors[Math.floor(i / stride) % count] ?? 1
    return by === 0 ? 0 : x * by
  }
  return { values: values.map(scale), pullback: gradient => gradient.map(scale) }
}

const within = (x: number, min: number, max: number): boolean => min <= x && x <= max

/** The mean over the places of each chosen channel, at each of its places. */
function spread(values: Float32Array, { count, stride }: Channels, chosen: (channel: number) => boolean): Float32Array {
  const places = values.length / count
  const sums = new Float64Array(count)
  const channelAt = (i: number) => Math.floor(i / stride) % count
  values.forEach((x, i) => {
    sums[channelAt(i)] = (sums[channelAt(i)] ?? 0) + x
  })
  return values.map((x, i) => (chosen(channelAt(i)) ? (sums[channelAt(i)] ?? 0) / places : x))
}

function deviation(values: Float32Array): number {
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length
  return Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length)
}
