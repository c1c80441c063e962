import type { Preprocessing, ResizeRule } from '../../image/types'

/** Statements of one source about a network: of the file itself, or of a file beside it. */
export interface Statement {
  /** `Ultralytics`, `preprocessor_config.json`. */
  readonly source: string
  /** How pictures come in, as far as it is said. */
  readonly preprocessing?: Partial<Omit<Preprocessing, 'layout'>>
  readonly resize?: ResizeRule
  /** Names of the classes. */
  readonly names?: readonly string[]
  /** Sentences about settings that cannot be followed. */
  readonly unfollowed?: readonly string[]
}

/** The network that a source is asked about. */
export interface Subject {
  /** Channels that the network takes. */
  readonly channels: number
  readonly size: Preprocessing['size']
  /** Whether the file leaves the size open. */
  readonly openSize: boolean
}

/** The preprocessing that a source states, in few words. */
export function describe({ preprocessing = {}, resize }: Statement): string {
  const { size, shortSide, filter, range, mean, std, channels } = preprocessing
  const parts: string[] = []
  if (channels) parts.push(channels === 'l' ? 'grey' : channels.toUpperCase())
  if (range) parts.push(range === 1 ? '0 to 1' : '0 to 255')
  if (mean && std && (mean.some(value => value !== 0) || std.some(value => value !== 1)))
    parts.push(`mean ${short(mean)}, std ${short(std)}`)
  if (resize === 'crop' && shortSide) parts.push(`short side ${shortSide}, then the centre`)
  if (resize === 'squash') parts.push('squashed to its size')
  if (size) parts.push(`${size.join(' × ')} pixels`)
  if (filter) parts.push(`resized ${filter}`)
  return parts.join(', ')
}

function short(values: readonly number[]): string {
  const written = values.map(value => `${Number(value.toPrecision(4))}`)
  return new Set(written).size === 1 ? (written[0] ?? '') : `(${written.join(', ')})`
}
