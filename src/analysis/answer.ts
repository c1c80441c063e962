import { HookscopeError } from '../errors'
import { type GraphIndex, reads } from '../graph/graph-index'
import type { ValueInfo } from '../graph/shapes'
import { has } from '../graph/traits'
import { type Node, nodeLabel } from '../graph/types'
import { type ActivationName, chained, opposite, type Signed, type Step } from './activation'
import { earlierLogits, habitOf, likelihoodOf } from './likely'
import { notAClassifier, written } from './refusal'
import { type Row, rowOf } from './row'
import { readTail, type Tail } from './tail'

/** The network's answer to a picture. */
export interface Answer {
  /** Value that holds the logits, before any softmax or sigmoid. */
  readonly logits: string
  /** Where the logits of a picture stand in it. */
  readonly row: Row
  /** Name of the file's output that was read. */
  readonly output: string
  /** Which logit each class has, in the order of the file's output. */
  readonly classes: readonly Signed[]
  /** Whether the classes are the two sides of one number: what it stands for, and its absence. */
  readonly isSingle: boolean
  readonly activation: ActivationName
  /** From the logits to one probability a class; none where the logits are to be taken as they are. */
  readonly steps: readonly Step[]
  /** Where the activation is known from; `habit`: the file says nothing, and most classifiers are so. */
  readonly knownFrom: 'file' | 'user' | 'habit'
  /** Why this output was read and not one of the others. */
  readonly because: string
  /** Other outputs that could be read as classes. */
  readonly others: readonly Candidate[]
  /** Outputs that are no row of scores: the place of the best, its name, boxes. */
  readonly aside: readonly string[]
}

/** An output that can be read as classes. */
export interface Candidate {
  readonly output: string
  /** How many numbers stand in it. */
  readonly count: number
}

/** The user's settings of the answer. */
export interface AnswerReading {
  /** Name of the output that holds the classes; the likeliest by default. */
  readonly output?: string | undefined
  /** How logits become probabilities, where the file does not tell or is not to be believed. */
  readonly activation?: ActivationName | undefined
  /** How many names for classes there are. */
  readonly labels?: number | undefined
}

/** An output with what was found before it. */
export interface Read extends Tail, Candidate {
  readonly row: Row
}

/**
 * Finds the logits: of the output that is asked for, or of the one that most likely holds classes.
 *
 * @param batch pictures that the network takes at once
 * @throws HookscopeError `bad-argument` for an output or activation that cannot be, `bad-model` where none is a row of classes
 */
export function findAnswer(
  graphIndex: GraphIndex,
  shapes: ReadonlyMap<string, ValueInfo>,
  batch: number,
  { output: asked, activation, labels }: AnswerReading = {},
): Answer {
  const { outputs } = graphIndex.graph
  if (asked !== undefined && !outputs.includes(asked))
    throw new HookscopeError('bad-argument', `The network has no output "${asked}". It has ${outputs.join(', ')}.`)
  const all = outputs.flatMap((output): Read[] => {
    const tail = readTail(output, batch, { graphIndex, shapes })
    const row = tail && rowOf(shapes.get(tail.logits), batch)
    if (!row) return []
    return [{ ...tail, output, row, count: tail.steps.length > 0 ? chained(tail.steps).length : row.count }]
  })
  const candidates = distinct(all)
  const earlier = earlierLogits(candidates, graphIndex)
  const ranked = (asked === undefined ? candidates : all.filter(({ output }) => output === asked))
    .map(read => ({ read, ...likelihoodOf(read, candidates, earlier, labels) }))
    .sort((a, b) => b.rank - a.rank)
  const [best] = ranked
  if (!best) throw noRow(graphIndex, shapes, asked === undefined ? outputs : [asked])
  const others = candidates.filter(({ logits }) => logits !== best.read.logits)
  const named = new Set([best.read, ...others].map(({ output }) => output))
  return {
    ...explained(best.read, activation, graphIndex),
    because: asked === undefined ? best.because : 'it was asked for',
    others: others.map(({ output, count }) => ({ output, count })),
    aside: outputs.filter(output => !named.has(output)),
  }
}

/** Of outputs that follow from the same logits the one that shows most: all scores, with their activation. */
function distinct(all: readonly Read[]): Read[] {
  const worth = ({ isPicked, steps }: Read) => (isPicked ? 0 : steps.length > 0 ? 2 : 1)
  const found = new Map<string, Read>()
  for (const read of all) {
    const before = found.get(read.logits)
    if (!before || worth(read) > worth(before)) found.set(read.logits, read)
  }
  return [...found.values()]
}

type Explained = Pick<
  Answer,
  'logits' | 'row' | 'output' | 'classes' | 'isSingle' | 'activation' | 'steps' | 'knownFrom'
>

function explained(read: Read, asked: ActivationName | undefined, graphIndex: GraphIndex): Explained {
  const { output, odd } = read
  if (odd && asked === undefined)
    throw new HookscopeError(
      'bad-model',
      `Its output "${output}" ${odd.why}: its classes cannot be compared. Export it with a softmax over all classes, or say which activation the numbers before it are to have.`,
    )
  const { logits, row } = odd ?? read
  const last = read.steps.at(-1)?.kind
  const isTold = last !== undefined && (asked === undefined || asked === last)
  const activation = isTold ? last : (asked ?? habitOf(read, graphIndex))
  const order = read.steps.length > 0 ? chained(read.steps) : identity(row.count)
  const single = order.length === 1 ? order[0] : undefined
  if (activation === 'softmax' && single && !isTold)
    throw new HookscopeError(
      'bad-argument',
      `The output "${output}" is one number: a softmax of it is 1 for every picture. Choose sigmoid or none.`,
    )
  const classes = single ? [single, opposite(single)] : order
  return {
    logits,
    row,
    output,
    classes,
    isSingle: single !== undefined,
    activation,
    steps: isTold
      ? bothSides(read.steps)
      : activation === 'none'
        ? []
        : [{ kind: activation, scale: 1, results: classes }],
    knownFrom: isTold && asked === undefined ? 'file' : asked !== undefined ? 'user' : 'habit',
  }
}

const identity = (count: number): Signed[] => Array.from({ length: count }, (_, index) => ({ index, sign: 1 }))

/** Of a single result its absence as well. */
function bothSides(steps: readonly Step[]): readonly Step[] {
  const last = steps.at(-1)
  const [only, another] = last?.results ?? []
  if (!last || !only || another) return steps
  return [...steps.slice(0, -1), { ...last, results: [only, opposite(only)] }]
}

function noRow(
  graphIndex: GraphIndex,
  shapes: ReadonlyMap<string, ValueInfo>,
  outputs: readonly string[],
): HookscopeError {
  const open = outputs.find(output => !shapes.has(output))
  const first = open === undefined ? undefined : firstUnshaped(graphIndex, shapes, open)
  if (first && has(first, 'sizedByData'))
    return new HookscopeError(
      'bad-model',
      `The size of the output "${open}" changes with the picture: ${nodeLabel(first)} gives as much as it finds. Export the network up to its row of scores.`,
    )
  if (first)
    return new HookscopeError(
      'bad-model',
      `The shape of the output "${open}" cannot be told: ${nodeLabel(first)} is the first whose shape the file does not fix, or whose inputs do not fit. Export it for one picture of a fixed size.`,
    )
  const listed = outputs.slice(0, 4).map(output => `"${output}" ${written(shapes.get(output)?.dims ?? [])}`)
  return notAClassifier(`None of its outputs is a row of classes (${listed.join(', ') || 'it has none'})`)
}

/** The first node on the way to a value that makes something of unknown shape. */
function firstUnshaped(
  graphIndex: GraphIndex,
  shapes: ReadonlyMap<string, ValueInfo>,
  value: string,
): Node | undefined {
  const found = new Set<Node>()
  const pending = [value]
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    const node = shapes.has(name) ? undefined : graphIndex.producer.get(name)
    if (!node || found.has(node)) continue
    found.add(node)
    pending.push(...reads(node))
  }
  const place = (node: Node) => graphIndex.place.get(node) ?? 0
  return [...found].reduce<Node | undefined>((a, b) => (a && place(a) < place(b) ? a : b), undefined)
}
