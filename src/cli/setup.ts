import { LABEL_SET_NAMES, LABEL_SETS, type LabelSource, parseLabels } from '../catalog/label-sets'
import type { FileFacts, Setup } from '../catalog/own'
import { HookscopeError } from '../errors'
import type { PerColour, Preprocessing } from '../image/types'
import { inputWarning } from '../preprocessing/check'
import { PRESETS, presetOf, shortSideFor, type Values } from '../preprocessing/presets'
import type { Console } from './console'
import { readBytes } from './files'

/** What the command line can tell of a network that its file cannot. */
export interface Told {
  readonly labels?: string | undefined
  readonly size?: Preprocessing['size'] | undefined
  readonly mean?: PerColour | undefined
  readonly std?: PerColour | undefined
  readonly range?: Preprocessing['range'] | undefined
  readonly channels?: Preprocessing['channels'] | undefined
  readonly layout?: Preprocessing['layout'] | undefined
  readonly output?: string | undefined
}

/** The network's own preprocessing with what is told in its place. @throws HookscopeError 'bad-argument' */
export function told(given: Told, own: Preprocessing): Preprocessing {
  const { size = own.size, channels = own.channels, layout = own.layout } = given
  if (layout !== own.layout) {
    const shapes = { nchw: '[1, 3, height, width]', nhwc: '[1, height, width, 3]' }
    throw new HookscopeError(
      'bad-argument',
      `The network takes ${shapes[own.layout]}: --layout ${layout} does not fit. Leave it out.`,
    )
  }
  const range = given.range ?? own.range
  // A mean of one range means nothing in another.
  const rest: Pick<Values, 'mean' | 'std'> = range === own.range ? own : { mean: [0, 0, 0], std: [1, 1, 1] }
  const shortSide = given.size ? shortSideFor(size) : own.shortSide
  return { size, shortSide, range, mean: given.mean ?? rest.mean, std: given.std ?? rest.std, channels, layout }
}

/** The names that `--labels` asks for. @throws HookscopeError 'bad-argument' */
export async function readLabelSource(asked: string): Promise<LabelSource> {
  const set = LABEL_SET_NAMES.find(name => name === asked.toLowerCase())
  if (set) return set
  if (asked.toLowerCase() === 'numbers') return 'numbers'
  const bytes = await readBytes(asked, 'bad-argument')
  return { name: asked, names: parseLabels(new TextDecoder().decode(bytes), asked) }
}

/** Says how pictures come to a file's network where that was guessed, what is unusual about it, and what looks wrong. */
export function sayInput(name: string, given: Told, { guess, notes }: FileFacts, setup: Setup, console: Console): void {
  const { preprocessing, labels } = setup
  const { mean, std, range, channels } = given
  for (const note of notes) console.say(`${name}: ${note}`)
  if (!mean && !std && !range && !channels) {
    const preset = presetOf(preprocessing)
    const values = preset
      ? PRESETS[preset].label
      : `${PRESETS[guess.preset].label}, ${preprocessing.channels.toUpperCase()}`
    console.say(
      `${name}: pictures come in as ${values}. ${guess.because} --mean, --std, --range and --channels change that.`,
    )
  }
  const warning = inputWarning(preprocessing, guess.expected)
  if (warning) console.say(`${name}: ${warning}`)
  if (!given.labels && typeof labels === 'string' && labels !== 'numbers') {
    console.say(
      `${name}: its classes are called by ${LABEL_SETS[labels].label}, for their number; --labels changes that.`,
    )
  }
}
