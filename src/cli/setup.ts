import type { ActivationName } from '../analysis/activation'
import { feeding } from '../analysis/inputs'
import { LABEL_SET_NAMES, LABEL_SETS, type LabelSource, parseLabels } from '../catalog/label-sets'
import type { FileFacts, Setup } from '../catalog/own'
import { HookscopeError } from '../errors'
import { readChannels } from '../image/channels'
import type { Filter, PerChannel, Preprocessing } from '../image/types'
import { inputWarning } from '../preprocessing/check'
import { PRESETS, presetOf, shortSideFor, type Values } from '../preprocessing/presets'
import type { Console } from './console'
import { readBytes } from './files'

/** Settings of a network that are given on the command line. */
export interface Overrides {
  readonly labels?: string | undefined
  readonly size?: Preprocessing['size'] | undefined
  readonly mean?: PerChannel | undefined
  readonly std?: PerChannel | undefined
  readonly range?: Preprocessing['range'] | undefined
  /** As it was written: `RGBA`, `r,g,b,0`. */
  readonly channels?: string | undefined
  readonly filter?: Filter | undefined
  /** The picture's input. */
  readonly pictureInput?: string | undefined
  /** Values of further inputs. */
  readonly input?: Readonly<Record<string, readonly number[]>> | undefined
  readonly layout?: Preprocessing['layout'] | undefined
  readonly output?: string | undefined
  readonly activation?: ActivationName | undefined
}

/** The network's own preprocessing with what is told in its place. @throws HookscopeError 'bad-argument' */
export function override(given: Overrides, own: Preprocessing): Preprocessing {
  const { size = own.size, layout = own.layout, filter = own.filter } = given
  const count = own.mean.length
  const channels = given.channels === undefined ? own.channels : toldChannels(given.channels, count)
  if (layout !== own.layout) {
    const shapes = { nchw: `[1, ${count}, height, width]`, nhwc: `[1, height, width, ${count}]` }
    throw new HookscopeError(
      'bad-argument',
      `The network takes ${shapes[own.layout]}: --layout ${layout} does not fit. Leave it out.`,
    )
  }
  const range = given.range ?? own.range
  // A mean of one range means nothing in another.
  const rest: Pick<Values, 'mean' | 'std'> = range === own.range ? own : { mean: [0], std: [1] }
  const shortSide = given.size ? shortSideFor(size) : own.shortSide
  const mean = perChannel('--mean', given.mean ?? rest.mean, count)
  const std = perChannel('--std', given.std ?? rest.std, count)
  return { size, shortSide, range, mean, std, channels, layout, ...(filter && { filter }) }
}

function toldChannels(text: string, count: number): string {
  const channels = readChannels(text, count)
  if (channels) return channels
  const example = { 1: 'l', 2: 'la', 3: 'rgb or bgr', 4: 'rgba or rgb0' }[count] ?? 'rgb'.padEnd(count, '0')
  throw new HookscopeError(
    'bad-argument',
    `The network takes ${count} ${count === 1 ? 'channel' : 'channels'}: --channels ${text} does not fit. Write a letter for each of them, as ${example}: r, g, b, l (luminance), a (alpha) or 0 (nothing).`,
  )
}

/** A single number stands for every channel. */
function perChannel(option: string, values: PerChannel, count: number): PerChannel {
  if (values.length === count) return values
  const [first = 0] = values
  // The same for red, green and blue is the same for whatever there is.
  if (values.length === 1 || (values.length === 3 && values.every(value => value === first)))
    return new Array<number>(count).fill(first)
  throw new HookscopeError(
    'bad-argument',
    `The network takes ${count} ${count === 1 ? 'channel' : 'channels'}: ${option} gives ${values.length} numbers. Give ${count === 1 ? 'one' : `${count}, or one for all`}.`,
  )
}

/** @throws HookscopeError 'bad-argument' for a network whose channels nothing tells */
export function checkChannels({ channels, mean }: Preprocessing): void {
  if (channels !== '') return
  throw new HookscopeError(
    'bad-argument',
    `The network takes ${mean.length} channels, and nothing tells what they are. Say it, as --channels ${'rgb0a'.padEnd(mean.length, '0').slice(0, mean.length)} (r, g, b, l, a, 0: a letter each), or give its input itself as a .npy or .f32 file.`,
  )
}

/** The names that `--labels` asks for. @throws HookscopeError 'bad-argument' */
export async function readLabelSource(asked: string): Promise<LabelSource> {
  const set = LABEL_SET_NAMES.find(name => name === asked.toLowerCase())
  if (set) return set
  if (asked.toLowerCase() === 'numbers') return 'numbers'
  const bytes = await readBytes(asked, 'bad-argument')
  return { name: asked, names: parseLabels(new TextDecoder().decode(bytes), asked) }
}

/** Says which output is read and how, where the file leaves that open. */
export function sayAnswer(
  name: string,
  given: Overrides,
  { outputs, output, answer }: FileFacts,
  console: Console,
): void {
  const [, ...others] = outputs
  const { because, aside, activation, knownFrom, isSingle } = answer
  if (!given.output && others.length + aside.length > 0) {
    const listed = [...others.map(({ output, count }) => `${output} (${count})`), ...aside].join(', ')
    console.say(
      `${name}: the classes are read from its output ${output}, for ${because}. It also gives ${listed}; --output changes that.`,
    )
  }
  if (!given.activation && knownFrom === 'habit' && activation === 'none') {
    const what = isSingle ? 'gives one number' : `gives numbers in its output ${output}`
    console.say(
      `${name}: it ${what} and does not say that ${isSingle ? 'it is a probability' : 'they are probabilities'}, so ${isSingle ? 'it is' : 'they are'} shown as they are. --activation ${isSingle ? 'sigmoid' : 'softmax or sigmoid'} changes that.`,
    )
  }
}

/** Says how pictures come to a file's network where that was guessed, what is unusual about it, and what looks wrong. */
export function sayInput(name: string, given: Overrides, facts: FileFacts, setup: Setup, console: Console): void {
  const { guess, notes, input, pictures, further, batch } = facts
  const { preprocessing, labels } = setup
  const [, other] = pictures
  if (other !== undefined && !given.pictureInput)
    console.say(
      `${name}: the picture goes to "${input.name}"; it could go to "${other}": --picture-input changes that.`,
    )
  if (batch > 1) console.say(`${name}: it takes ${batch} pictures at once: it is fed the same ${batch} times.`)
  for (const one of further)
    if (one.values && !given.input?.[one.name])
      console.say(`${name}: ${feeding(one)}; --input ${one.name}=… changes that.`)
  const { mean, std, range, channels } = given
  for (const note of notes) console.say(`${name}: ${note}`)
  for (const sentence of facts.said.sentences) console.say(`${name}: the file says: ${sentence}`)
  if (facts.said.preprocessing.range === undefined && !mean && !std && !range && !channels) {
    const preset = presetOf(preprocessing)
    const values = preset
      ? PRESETS[preset].label
      : `${PRESETS[guess.preset].label}${preprocessing.channels && `, ${preprocessing.channels.toUpperCase()}`}`
    console.say(
      `${name}: pictures come in as ${values}. ${guess.because} --mean, --std, --range and --channels change that.`,
    )
  }
  const warning = inputWarning(preprocessing, guess.expected, input.type)
  if (warning) console.say(`${name}: ${warning}`)
  if (!given.labels && typeof labels === 'string' && labels !== 'numbers') {
    console.say(
      `${name}: its classes are called by ${LABEL_SETS[labels].label}, for their number; --labels changes that.`,
    )
  }
}
