import { withTakenBranches } from '../graph/branches'
import { checkFit } from '../graph/fit'
import { readShapes, type ShapeReading } from '../graph/shapes'
import { atInference } from '../graph/training'
import type { Graph } from '../graph/types'
import { type Wiring, wire } from '../graph/wiring'
import type { ImageInput } from './image-input'
import { type SettledInputs, settleInputs } from './inputs'
import type { Reading } from './reading'

/** A file's graph as it is worked on, with all that is known of the shapes of its values. */
export interface Prepared extends Pick<SettledInputs, 'further' | 'pictures'> {
  readonly input: ImageInput
  readonly wiring: Wiring
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
export function prepare(file: Graph, asked: Reading): Prepared {
  const { measured } = asked
  const { graph: settled, picture: input, further, pictures } = settleInputs(file, asked)
  const { graph, notes } = atInference(settled)
  const inputs = new Map([[input.name, input.shape]])
  let wiring = wire(graph)
  let reading = readShapes(wiring, inputs, measured)
  for (;;) {
    const decided = withTakenBranches(wiring.graph, reading.shapes)
    if (decided === wiring.graph) break
    wiring = wire(decided)
    reading = readShapes(wiring, inputs, measured)
  }
  checkFit(wiring, reading.shapes)
  return { input, further, pictures, wiring, reading, notes }
}
