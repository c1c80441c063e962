import { floatAttribute } from '../graph/attributes'
import { reads } from '../graph/graph-index'
import { isFloat } from '../graph/shapes'
import { has, keepsElements } from '../graph/traits'
import type { Node } from '../graph/types'
import type { Step } from './activation'
import { type Constants, isKnown } from './evaluate'
import { oddity, stepBetween } from './probe'
import { type Row, rowOf } from './row'

/** Operators that pick some of the scores before them, or say only where they stand: the scores are the answer. */
const PICKING: ReadonlySet<string> = new Set(
  'ArgMax ArgMin TopK Hardmax NonMaxSuppression NonZero Where Greater GreaterOrEqual Less LessOrEqual Equal Not And Or OneHot Compress GatherElements GatherND ScatterElements Round Floor Ceil'.split(
    ' ',
  ),
)
const PICKING_ML: ReadonlySet<string> = new Set(['ZipMap', 'LabelEncoder', 'ArrayFeatureExtractor', 'Binarizer'])

const isPicking = (node: Node): boolean =>
  node.domain === 'ai.onnx.ml' ? PICKING_ML.has(node.op) : node.domain === '' && PICKING.has(node.op)

/** A value that everything after it depends on, and the nodes after it, the last first. */
export interface Cut {
  readonly value: string
  readonly nodes: readonly Node[]
}

/** Nodes that are walked back over, at most. */
const LONGEST = 200

/**
 * The values before `value`, nearest first, through which all goes that it depends on: of softmax written in parts its
 * input, none of the parts. Ends where the network itself begins: at an operator that `evaluate` doesn't know.
 */
export function cutsBefore(value: string, { graphIndex }: Constants): Cut[] {
  const cuts: Cut[] = []
  const nodes: Node[] = []
  const open = new Set([value])
  while (nodes.length < LONGEST) {
    const [only] = open
    if (open.size === 1 && only !== undefined) cuts.push({ value: only, nodes: [...nodes] })
    let last: Node | undefined
    for (const name of open) {
      const maker = graphIndex.producer.get(name)
      if (!maker) return cuts
      if (!last || (graphIndex.place.get(maker) ?? 0) > (graphIndex.place.get(last) ?? 0)) last = maker
    }
    if (!last || !(isKnown(last) || isPicking(last))) return cuts
    nodes.push(last)
    for (const output of last.outputs) open.delete(output)
    for (const input of reads(last)) if (!graphIndex.parameters.has(input)) open.add(input)
    if (open.size === 0) return cuts
  }
  return cuts
}

/** Where scores stand, and how they follow from the logits. */
export interface Tail {
  /** The row of scores that the file's output is read from. */
  readonly scores: string
  readonly logits: string
  /** Rows that were walked over from there, up to the last layer. */
  readonly rows: readonly string[]
  /** From the logits to the scores; none where no softmax or sigmoid is between them. */
  readonly steps: readonly Step[]
  /** Whether the scores are picked from further on: by TopK, ArgMax, ZipMap. */
  readonly isPicked: boolean
  /** Scores that cannot be compared: why, and the row before what makes them so. */
  readonly odd: { readonly why: string; readonly logits: string; readonly row: Row } | undefined
}

/**
 * Reads what comes after the logits as a whole: what the operators do is told from numbers that are put into them, so
 * it doesn't matter how they are written.
 */
export function readTail(output: string, batch: number, constants: Constants): Tail | undefined {
  const { shapes } = constants
  const row = (value: string) => rowOf(shapes.get(value), batch)
  let scores = output
  let isPicked = false
  for (;;) {
    const cuts = cutsBefore(scores, constants)
    const rows = cuts.filter(cut => row(cut.value))
    const found = row(scores) && recognise(scores, rows, batch, constants)
    if (found)
      return { scores, isPicked, odd: undefined, rows: rows.map(cut => cut.value), ...deeper(found, batch, constants) }
    const picks = pickingOf(cuts, constants)
    const further = rows.find(({ nodes }) => nodes.some(node => picks.has(node)))
    if (!further) {
      if (!row(scores)) return undefined
      const before = rows.filter(({ value }) => value !== scores)
      const odd = before.flatMap(cut => {
        const [why, own] = [oddity({ ...cut, passed: new Set() }, scores, batch, constants), row(cut.value)]
        return why === undefined || !own ? [] : [{ why, logits: cut.value, row: own }]
      })
      const logits = settled(scores, batch, constants)
      return { scores, logits, rows: rows.map(cut => cut.value), steps: [], isPicked, odd: odd.at(-1) }
    }
    isPicked = true
    scores = further.value
  }
}

/** Nodes that pick: places, whole numbers, or the largest score alone. */
function pickingOf(cuts: readonly Cut[], { graphIndex, shapes }: Constants): Set<Node> {
  const all = cuts.at(-1)?.nodes ?? []
  const ends = new Set(cuts.map(({ value }) => graphIndex.producer.get(value)))
  return new Set(
    all.filter(
      node =>
        isPicking(node) ||
        (ends.has(node) && (node.op === 'ReduceMax' || node.op === 'ReduceMin')) ||
        (has(node, 'converts') && !isFloat(shapes.get(node.outputs[0] ?? '')?.type ?? 'float32')),
    ),
  )
}

interface Found {
  readonly logits: string
  readonly steps: readonly Step[]
}

/** Softmax of softmax, sigmoid of sigmoid: as long as what was found is one itself. */
function deeper(found: Found, batch: number, constants: Constants): Found {
  const rows = cutsBefore(found.logits, constants).filter(cut => rowOf(constants.shapes.get(cut.value), batch))
  const before = recognise(found.logits, rows, batch, constants)
  return before ? deeper({ logits: before.logits, steps: [...before.steps, ...found.steps] }, batch, constants) : found
}

/**
 * The first row, from the network's side, of which the scores are a softmax or sigmoid: before what only scales it, as a
 * temperature, shifts it or takes its maximum away. Bounds on scores are passed over, for they change no class's place;
 * bounds on logits are not, for a ReLU may be written as one.
 */
function recognise(scores: string, rows: readonly Cut[], batch: number, constants: Constants): Found | undefined {
  let found: Found | undefined
  let passed: readonly Node[] | undefined
  for (const { value, nodes } of rows) {
    if (value === scores || nodes.some(node => !isKnown(node))) continue
    const step = stepBetween({ value, nodes, passed: new Set(passed ?? nodes) }, scores, batch, constants)
    if (!step && found) break
    if (!step) continue
    found = { logits: value, steps: [step] }
    passed ??= nodes
  }
  return found
}

/**
 * The value before what changes no number, and before bounds on both sides of 0, past which the gradient would be 0.
 */
function settled(value: string, batch: number, constants: Constants): string {
  const { graphIndex, shapes } = constants
  const node = graphIndex.producer.get(value)
  const [before = ''] = node?.inputs ?? []
  if (!node || !rowOf(shapes.get(before), batch) || graphIndex.parameters.has(before)) return value
  const isSame = keepsElements(node) || has(node, 'converts') || (node.op === 'Clip' && isWide(node, constants))
  return isSame ? settled(before, batch, constants) : value
}

function isWide(node: Node, { shapes }: Constants): boolean {
  const [low = 0, high = 0] = [1, 2].map(
    i => shapes.get(node.inputs[i] ?? '')?.content?.[0] ?? floatAttribute(node, i === 1 ? 'min' : 'max', 0),
  )
  return node.domain === '' && low < 0 && high > 0
}
