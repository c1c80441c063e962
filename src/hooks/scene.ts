import type { ModuleCall } from '../graph/module-calls'
import { inferShapes, isFloat, type Known } from '../graph/shapes'
import type { Graph } from '../graph/types'
import { type Wiring, wire } from '../graph/wiring'
import { type Boundary, type View, withViews } from './views'

/** A network as one forward pass sees it: with views at the modules that have hooks, for inputs of these shapes. */
export interface Scene {
  readonly wiring: Wiring
  readonly shapes: ReadonlyMap<string, Known>
  readonly boundaries: readonly Boundary[]
  /** What each of the network's outputs is called here. */
  readonly outputs: ReadonlyMap<string, string>
  /** The value that targets are taken of: the logits of a classifier, else the first output. */
  readonly target: string
}

export function stage(
  graph: Graph,
  calls: readonly ModuleCall[],
  inputs: ReadonlyMap<string, readonly number[]>,
): Scene {
  const viewed = withViews(graph, calls)
  const wiring = wire(viewed.graph)
  const shapes = inferShapes(wiring, inputs)
  const isTensor = ({ source }: View) => isFloat(shapes.get(source)?.type ?? 'float32')
  return {
    wiring,
    shapes,
    boundaries: viewed.boundaries.map(it => ({ ...it, inputs: it.inputs.filter(isTensor) })),
    outputs: new Map(graph.outputs.map((output, i) => [output, viewed.graph.outputs[i] ?? output])),
    target: beforeSoftmax(wiring, viewed.graph.outputs[0] ?? ''),
  }
}

/** Operators between the logits and a Softmax at the end that change no value. */
const AROUND: ReadonlySet<string> = new Set(['Softmax', 'LogSoftmax', 'Flatten', 'Reshape', 'Squeeze', 'Identity'])

function beforeSoftmax(wiring: Wiring, output: string): string {
  let logits = output
  for (let node = wiring.producer.get(output); node && AROUND.has(node.op); ) {
    const [before = ''] = node.inputs
    if (node.op.endsWith('Softmax')) logits = before
    node = wiring.producer.get(before)
  }
  return logits
}
