import { HookscopeError } from '../errors'
import { numbersOf, typedTensor } from '../graph/elements'
import { reads } from '../graph/graph-index'
import { sizeOf } from '../graph/tensors'
import type { ElementType, Graph, Port } from '../graph/types'
import { type ImageInput, imageInput } from './image-input'
import { notAClassifier, written } from './refusal'

/** An input besides the picture: a constant of the graph that is analysed. */
export interface FurtherInput {
  readonly name: string
  readonly type: ElementType
  readonly shape: readonly number[]
  /** Row-major; null where neither the file nor anybody tells: then the network cannot be run. */
  readonly values: readonly number[] | null
  /** Where the values come from, to follow "is fed 1": `as it keeps all values`. */
  readonly because: string
  readonly unread?: boolean
}

/** Settings of a network's inputs. */
export interface InputReading {
  /** Name of the picture's input; the likeliest unless given. */
  readonly picture?: string | undefined
  /** Values of further inputs by name; a single one fills the whole input. */
  readonly inputs?: Readonly<Record<string, readonly number[]>> | undefined
  /** Height and width of the picture where the file does not fix it, 224 by default. */
  readonly size?: readonly [height: number, width: number]
  /** Where channels lie, for a file that does not tell. */
  readonly layout?: 'nchw' | 'nhwc' | undefined
}

export interface SettledInputs {
  /** The graph with the picture as its only input. */
  readonly graph: Graph
  readonly picture: ImageInput
  readonly further: readonly FurtherInput[]
  /** Names of the inputs that can be the picture, the likeliest first. */
  readonly pictures: readonly string[]
}

/**
 * Finds the picture among a network's inputs, and makes constants of all others.
 *
 * @throws HookscopeError `bad-model` where no input can be a picture, `bad-argument` for what does not fit the inputs
 */
export function settleInputs(graph: Graph, reading: InputReading = {}): SettledInputs {
  const { size, layout, picture: asked, inputs: told = {} } = reading
  const [first, ...more] = graph.inputs
  if (!first) throw notAClassifier('The network has no input')
  const readBy = readers(graph)
  const fits = (port: Port) => attempt(() => imageInput(graph, port, size, layout))
  const found = graph.inputs
    .flatMap(port => {
      const picture = fits(port)
      return picture ? [{ port, picture, likely: likelihood(picture, readBy) }] : []
    })
    .sort((a, b) => b.likely - a.likely)
  const pictures = found.map(({ port }) => port.name)
  if (asked !== undefined && !pictures.includes(asked)) throw noPicture(graph, asked, pictures)
  const picture = (found.find(({ port }) => port.name === asked) ?? found[0])?.picture
  if (!picture) {
    if (more.length === 0) return { graph, picture: imageInput(graph, first, size, layout), further: [], pictures }
    const listed = graph.inputs.slice(0, 4).map(({ name, type, dims }) => `"${name}" ${type} ${written(dims)}`)
    throw notAClassifier(`None of its inputs is a picture (${listed.join(', ')})`)
  }
  const others = graph.inputs.filter(({ name }) => name !== picture.name)
  const defaults = (graph.defaults ?? []).filter(port => Object.hasOwn(told, port.name) || isOption(graph, port))
  const unknown = Object.keys(told).find(name => ![...others, ...(graph.defaults ?? [])].some(it => it.name === name))
  if (unknown !== undefined) throw noInput(unknown, picture.name, [...others, ...defaults])
  const further = [...others, ...defaults].map(port =>
    settle(port, told[port.name], picture.batch, readBy.get(port.name) ?? [], graph),
  )
  if (further.length === 0) return { graph, picture, further, pictures }
  const constants = new Map(graph.constants)
  for (const { name, type, shape, values } of further)
    constants.set(name, typedTensor(type, shape, values ?? new Array(sizeOf(shape)).fill(0)))
  const inputs = graph.inputs.filter(({ name }) => name === picture.name)
  return { graph: { ...graph, inputs, constants }, picture, further, pictures }
}

type Reader = readonly [op: string, place: number]

/** Which operators read each of the graph's inputs, and as which of theirs; as 9 inside a body. */
function readers(graph: Graph): Map<string, Reader[]> {
  const found = new Map([...graph.inputs, ...(graph.defaults ?? [])].map(({ name }): [string, Reader[]] => [name, []]))
  for (const node of graph.nodes)
    for (const name of new Set(reads(node))) {
      const place = node.inputs.indexOf(name)
      found.get(name)?.push([node.op, place < 0 ? 9 : place])
    }
  return found
}

/** Colour pictures before grey ones before others, larger before smaller, read before unread; of equals the first. */
function likelihood({ name, axes, channels, height, width }: ImageInput, readBy: Map<string, Reader[]>): number {
  const read = (readBy.get(name) ?? []).length > 0 ? 100 : 0
  const rank = axes.length === 4 ? 20 : axes.length === 3 ? 10 : 0
  const kind = channels === 3 ? 6 : channels === 1 || channels === 4 ? 4 : 0
  const called = /image|img|pic|photo|pixel|rgb/i.test(name) ? 3 : 0
  return read + rank + kind + called + Math.min(2, Math.log10(height * width) / 4)
}

/** Whether a value with a default is meant to be told: a single number of a file whose weights are no inputs. */
function isOption(graph: Graph, { name, dims }: Port): boolean {
  const tensor = graph.constants.get(name)
  return graph.irVersion > 3 && tensor !== undefined && sizeOf(tensor.dims) === 1 && dims.length <= 1
}

function settle(
  port: Port,
  told: readonly number[] | undefined,
  batch: number,
  readBy: readonly Reader[],
  graph: Graph,
): FurtherInput {
  const { name, type } = port
  const constant = graph.constants.get(name)
  const shape = constant?.dims ?? shapeOf(port, told?.length ?? 1, batch)
  const size = sizeOf(shape)
  const made = (values: readonly number[] | null, because: string): FurtherInput => ({
    ...{ name, type, shape, because },
    values: values && Array.from({ length: size }, (_, i) => values[i % values.length] ?? 0),
  })
  if (readBy.length === 0 && !graph.outputs.includes(name)) return { ...made([0], 'as nothing reads it'), unread: true }
  if (type === 'string') throw notAClassifier(`Its input "${name}" takes text`)
  if (told) {
    if (told.length === 1 || told.length === size || told.length * batch === size) return made(told, 'as it was told')
    throw new HookscopeError(
      'bad-argument',
      `The input "${name}" is ${written(port.dims)} and takes ${size / batch} numbers, not ${told.length}. Give as many, or one for all.`,
    )
  }
  const own = constant && numbersOf(constant)
  if (own) return made(own, 'the file’s own default')
  return size > 1 && type !== 'bool' ? made(null, '') : usual(name, type, readBy, made)
}

/** A batch that is left open is 1; another open size is what the values that are told leave for it. */
function shapeOf({ dims }: Port, told: number, batch: number): number[] {
  const fixed = dims.map((size, axis) => (typeof size === 'number' && size > 0 ? size : axis === 0 ? 1 : 0))
  const open = fixed.filter(size => size === 0).length
  const known = fixed.reduce((product, size) => product * (size || 1), 1)
  const rest = open === 1 && told > 1 ? Math.max(1, Math.round((told * (fixed[0] === batch ? batch : 1)) / known)) : 1
  return fixed.map(size => size || rest)
}

/** Names that training code gives to its switches, and what they are when nobody trains. */
const SWITCHES: readonly (readonly [name: RegExp, value: number, because: string])[] = [
  [/keep_?prob|keep_?rate/i, 1, 'so that nothing is dropped'],
  [/drop_?(out|rate|prob|path)|^dropout/i, 0, 'so that nothing is dropped'],
  [/train|learning_?phase|^phase$/i, 0, 'as nobody trains'],
  [/infer|eval_?mode|is_?test/i, 1, 'as nobody trains'],
]

/** The usual value of an input of one number or truth, where the file or its name tell it. */
function usual(
  name: string,
  type: ElementType,
  readBy: readonly Reader[],
  made: (values: readonly number[] | null, because: string) => FurtherInput,
): FurtherInput {
  const known = SWITCHES.find(([pattern]) => pattern.test(name))
  if (known) return made([known[1]], known[2])
  const drops = readBy.every(([op, place]) => op === 'Dropout' && place > 0)
  if (drops) return made([0], 'so that nothing is dropped')
  return type === 'bool' ? made([0], 'as a switch is off') : made(null, '')
}

/** The error for an input without a value; undefined where all have one. */
export function untold(further: readonly FurtherInput[]): HookscopeError | undefined {
  const missing = further.filter(({ values }) => values === null)
  const [first] = missing
  if (!first) return undefined
  const listed = missing.map(({ name, type, shape }) => `"${name}" (${type} ${written(shape)})`)
  return new HookscopeError(
    'bad-argument',
    `Besides the picture the network takes ${listed.join(' and ')}, and nothing in the file tells what. Give a value for each: one number for all of it, or all of them.`,
  )
}

/** `"keep_prob" is fed 1, so that nothing is dropped` */
export function feeding({ name, type, values, because }: FurtherInput): string {
  const all = values ?? []
  const shown = type === 'bool' ? all.map(value => (value ? 'true' : 'false')) : all.map(String)
  const short =
    new Set(shown).size === 1 ? shown.slice(0, 1) : [...shown.slice(0, 6), ...(shown.length > 6 ? ['…'] : [])]
  return `"${name}" is fed ${short.join(', ')}, ${because}`
}

function noPicture(graph: Graph, asked: string, pictures: readonly string[]): HookscopeError {
  const port = graph.inputs.find(({ name }) => name === asked)
  const what = port
    ? `The input "${asked}" is ${port.type} ${written(port.dims)}, no picture.`
    : `The network has no input "${asked}".`
  return new HookscopeError('bad-argument', `${what} The picture can be ${pictures.map(it => `"${it}"`).join(', ')}.`)
}

function noInput(asked: string, picture: string, others: readonly Port[]): HookscopeError {
  const listed = others.map(({ name }) => `"${name}"`).join(', ')
  const rest = listed
    ? `it takes ${listed} besides the picture "${picture}"`
    : `it takes the picture "${picture}" alone`
  return new HookscopeError('bad-argument', `The network has no input "${asked}" to be told: ${rest}.`)
}

function attempt<T>(make: () => T): T | undefined {
  try {
    return make()
  } catch (error) {
    if (error instanceof HookscopeError && error.code === 'bad-model') return undefined
    throw error
  }
}
