import { DeclaredValues } from './declared-values'
import { type GraphIndex, reads } from './graph-index'
import { inferNode } from './infer'
import { isFloat, shapeRule, type ValueInfo } from './shape-rules'
import { knownConstant } from './shape-rules/constants'
import { SMALL } from './shape-rules/value-info'
import { sizeOf } from './tensors'
import { has } from './traits'
import type { Node } from './types'

export { inferNode, isFloat, knownConstant, type ValueInfo }

/** Shape of each graph input. */
export type InputShapes = ReadonlyMap<string, readonly number[]>

/**
 * Shape, element type and, for small constants, content of every value that can be told for one fixed shape of each
 * input: by a run, else by the operator's rule, else by what the file says. A value that is missing has a shape
 * that only a run tells, or one that changes with the picture.
 *
 * @param measured what a run for these shapes showed
 */
export function inferShapes(
  graphIndex: GraphIndex,
  inputs: InputShapes,
  measured?: ReadonlyMap<string, ValueInfo>,
): Map<string, ValueInfo> {
  return readShapes(graphIndex, inputs, measured).shapes
}

export interface ShapeReading {
  readonly shapes: Map<string, ValueInfo>
  /** Tensors that one run must show, so that all the others are known: their shapes, and the content of small ones. */
  readonly open: readonly string[]
  /** Values whose size depends on what is in the picture. */
  readonly unfixed: ReadonlySet<string>
  /** Values that follow from constants and sizes alone: what they hold is the same for every picture. */
  readonly settled: ReadonlySet<string>
}

/**
 * As `inferShapes`, and what is left open. Where the file contradicts a rule, nothing that it says of shapes is taken:
 * it was made for other inputs.
 */
export function readShapes(
  graphIndex: GraphIndex,
  inputs: InputShapes,
  measured?: ReadonlyMap<string, ValueInfo>,
): ShapeReading {
  const { valueInfo = [], inputs: ports } = graphIndex.graph
  const told = new DeclaredValues(valueInfo, ports, inputs)
  const reading = walk(graphIndex, inputs, measured ?? new Map(), told)
  return told.contradicted
    ? walk(graphIndex, inputs, measured ?? new Map(), new DeclaredValues([], [], inputs))
    : reading
}

function walk(
  graphIndex: GraphIndex,
  inputs: InputShapes,
  measured: ReadonlyMap<string, ValueInfo>,
  told: DeclaredValues,
): ShapeReading {
  const shapes = new Map<string, ValueInfo>()
  const state: State = { shapes, unfixed: new Set(), settled: new Set(graphIndex.parameters), containers: new Set() }
  for (const [name, tensor] of graphIndex.graph.constants) shapes.set(name, knownConstant(tensor))
  for (const port of graphIndex.graph.inputs) {
    const dims = inputs.get(port.name)
    if (dims) shapes.set(port.name, { type: port.type, dims })
  }
  const open = new Set<string>()
  for (const node of graphIndex.nodes) {
    const settled = isSettled(node, state)
    inferNode(node, graphIndex.opset, shapes)
    const missing = node.outputs.filter(output => {
      if (!output) return false
      if (settled) state.settled.add(output)
      if (holdsNoTensor(node, state)) state.containers.add(output)
      const ruled = shapes.get(output)
      const known = merged(ruled, measured.get(output), told.of(output, ruled))
      if (known) shapes.set(output, known)
      return !known
    })
    if (missing.length === 0) continue
    const why = reason(node, settled, state)
    for (const output of missing) {
      const seen = measured.get(output)
      if (why === 'unfixed') state.unfixed.add(output)
      else if (seen) shapes.set(output, seen)
      else if (!state.containers.has(output) && (why === 'open' || !shapeRule(node))) open.add(output)
    }
    if (why !== 'open' || !shapeRule(node)) continue
    // What a rule lacks of values that follow from constants and sizes, the same run shows
    for (const input of reads(node))
      if (graphIndex.producer.has(input) && state.settled.has(input) && isBare(shapes.get(input))) open.add(input)
  }
  return { shapes, open: [...open], unfixed: state.unfixed, settled: state.settled }
}

interface State {
  readonly shapes: Map<string, ValueInfo>
  /** Values whose size depends on what is in the picture. */
  readonly unfixed: Set<string>
  /** Values that follow from constants and sizes alone. */
  readonly settled: Set<string>
  /** Sequences, maps, optionals. */
  readonly containers: Set<string>
}

const isBare = (known: ValueInfo | undefined): boolean => !known || (!known.content && sizeOf(known.dims) <= SMALL)

/** A run is right, then the rule, then the file. A run adds the content of what follows from sizes alone. */
function merged(
  ruled: ValueInfo | undefined,
  ran: ValueInfo | undefined,
  told: ValueInfo | undefined,
): ValueInfo | undefined {
  if (!ruled) return told
  if (!ran) return ruled
  return sameDims(ruled.dims, ran.dims) ? { ...ran, ...ruled } : ran
}

const sameDims = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((size, axis) => size === b[axis])

function isSettled(node: Node, { settled, unfixed }: State): boolean {
  if (has(node, 'random')) return false
  if (node.op === 'Shape' || node.op === 'Size') return !node.inputs.some(input => unfixed.has(input))
  return reads(node).every(input => settled.has(input))
}

/** Sequences, maps and optionals, which the engine does not give. */
function holdsNoTensor(node: Node, { containers }: State): boolean {
  if (has(node, 'container') || (node.domain === 'ai.onnx.ml' && node.op === 'ZipMap')) return true
  return has(node, 'copies') && containers.has(node.inputs[0] ?? '')
}

/**
 * Why a shape is missing: it changes with the picture, a run will tell, or that waits for the shapes before it.
 * An operator with a rule lacks the content of what follows its first input; one without may take sizes from a short list of
 * numbers.
 */
function reason(node: Node, settled: boolean, state: State): 'unfixed' | 'open' | 'waits' {
  const { shapes, unfixed, containers } = state
  const given = reads(node)
  if (given.some(input => unfixed.has(input))) return 'unfixed'
  if (settled) return given.every(input => shapes.has(input) || containers.has(input)) ? 'open' : 'waits'
  if (has(node, 'sizedByData')) return 'unfixed'
  if (!given.every(input => shapes.has(input) || containers.has(input))) return 'waits'
  const sizes = has(node, 'generates') ? node.inputs : node.inputs.slice(1)
  const mayBeSizes = sizes.some(input => {
    const known = shapes.get(input)
    if (!known || known.content || state.settled.has(input)) return false
    return shapeRule(node) !== undefined || (!isFloat(known.type) && known.dims.length < 2)
  })
  return mayBeSizes ? 'unfixed' : 'open'
}
