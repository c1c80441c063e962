import { HookscopeError } from '../errors'
import { withTakenBranches } from '../graph/branches'
import { withFloatViews } from '../graph/float-views'
import { type GraphIndex, indexGraph } from '../graph/graph-index'
import { withoutOwnNames } from '../graph/own-names'
import { type InputShapes, readShapes, type ShapeReading } from '../graph/shapes'
import { finish, type Steps } from '../graph/steps'
import { atInference } from '../graph/training'
import type { Graph } from '../graph/types'
import { validate } from '../graph/validate'
import type { ImageInput } from './image-input'
import { type SettledInputs, settleInputs } from './inputs'
import type { Reading } from './reading'

/** A file's graph as it is worked on, with all that is known of the shapes of its values. */
export interface Prepared extends Pick<SettledInputs, 'further' | 'pictures'> {
  readonly input: ImageInput
  readonly graphIndex: GraphIndex
  /** Shapes, and the values that a run must show before all are known. */
  readonly reading: ShapeReading
  readonly notes: readonly string[]
}

/**
 * The network at inference, its Ifs of known condition decided, and its shapes.
 *
 * @param file in float32
 * @throws HookscopeError `bad-model` where it is broken, or takes something else than a picture
 */
export const prepare = (file: Graph, asked: Reading): Prepared => finish(preparing(file, asked))

/** `prepare` in steps. */
export function* preparing(file: Graph, asked: Reading): Steps<Prepared> {
  const { measured } = asked
  const { graph: settled, picture: input, further, pictures } = settleInputs(withoutOwnNames(file), asked)
  const { graph: still, notes } = atInference(settled)
  const graph = withFloatViews(still)
  const inputs = new Map([[input.name, input.shape]])
  return { input, further, pictures, notes, ...(yield* shaped(graph, inputs, measured)) }
}

type Shaped = Pick<Prepared, 'graphIndex' | 'reading'>

/** Where what the file says of shapes leads to what cannot be, it is read again without. */
function* shaped(graph: Graph, inputs: InputShapes, measured: Reading['measured']): Steps<Shaped> {
  const { valueInfo, ...silent } = graph
  if (!valueInfo) return yield* decided(graph, inputs, measured)
  try {
    return yield* decided(graph, inputs, measured)
  } catch (error) {
    if (error instanceof HookscopeError) return yield* decided(silent, inputs, measured)
    throw error
  }
}

function* decided(graph: Graph, inputs: InputShapes, measured: Reading['measured']): Steps<Shaped> {
  let graphIndex = indexGraph(graph)
  yield 0.3
  let reading = readShapes(graphIndex, inputs, measured)
  for (;;) {
    const taken = withTakenBranches(graphIndex.graph, reading.shapes)
    if (taken === graphIndex.graph) break
    graphIndex = indexGraph(taken)
    reading = readShapes(graphIndex, inputs, measured)
  }
  yield 0.8
  validate(graphIndex, reading.shapes)
  return { graphIndex, reading }
}
