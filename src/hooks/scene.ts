import { checkFit } from '../graph/fit'
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
  /** What each of the network's outputs that holds numbers is called here. */
  readonly outputs: ReadonlyMap<string, string>
  /** The value that targets are taken of: the logits of a classifier, else the first output. */
  readonly target: string
}

/**
 * @param target a value of the graph
 * @throws HookscopeError `bad-model` where weights do not fit inputs of these shapes
 */
export function stage(
  graph: Graph,
  calls: readonly ModuleCall[],
  inputs: ReadonlyMap<string, readonly number[]>,
  target: string,
  measured?: ReadonlyMap<string, Known>,
): Scene {
  const viewed = withViews(graph, calls)
  const wiring = wire(viewed.graph)
  const shapes = inferShapes(wiring, inputs, measured)
  checkFit(wiring, shapes)
  const isTensor = ({ source }: View) => isFloat(shapes.get(source)?.type ?? 'float32')
  const outputs = graph.outputs.map((output, i) => [output, viewed.graph.outputs[i] ?? output] as const)
  return {
    wiring,
    shapes,
    boundaries: viewed.boundaries.map(it => ({ ...it, inputs: it.inputs.filter(isTensor) })),
    outputs: new Map(outputs.filter(([, value]) => holdsNumbers(value, wiring, shapes))),
    target: viewed.latest.get(target) ?? target,
  }
}

/** Text and maps from names to scores are no tensors of numbers. */
function holdsNumbers(value: string, { producer }: Wiring, shapes: ReadonlyMap<string, Known>): boolean {
  const type = shapes.get(value)?.type
  return type === undefined ? producer.get(value)?.domain !== 'ai.onnx.ml' : type !== 'string'
}
