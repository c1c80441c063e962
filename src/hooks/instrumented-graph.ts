import { type GraphIndex, indexGraph } from '../graph/graph-index'
import type { ModuleCall } from '../graph/module-calls'
import { inferShapes, isFloat, type ValueInfo } from '../graph/shapes'
import type { Graph } from '../graph/types'
import { validate } from '../graph/validate'
import { type Boundary, type View, withViews } from './views'

/** A network as one forward pass sees it: with views at the modules that have hooks, for inputs of these shapes. */
export interface InstrumentedGraph {
  readonly graphIndex: GraphIndex
  readonly shapes: ReadonlyMap<string, ValueInfo>
  readonly boundaries: readonly Boundary[]
  /** The name here of each of the network's outputs that holds numbers. */
  readonly outputs: ReadonlyMap<string, string>
  /** The value that targets are taken of: the logits of a classifier, else the first output. */
  readonly target: string
  /** The name under which the rest of the network sees a value that leaves hooked modules. */
  readonly latest: ReadonlyMap<string, string>
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
  measured?: ReadonlyMap<string, ValueInfo>,
): InstrumentedGraph {
  const viewed = withViews(graph, calls)
  const graphIndex = indexGraph(viewed.graph)
  const shapes = inferShapes(graphIndex, inputs, measured)
  validate(graphIndex, shapes)
  const isTensor = ({ source }: View) => isFloat(shapes.get(source)?.type ?? 'float32')
  const outputs = graph.outputs.map((output, i) => [output, viewed.graph.outputs[i] ?? output] as const)
  return {
    graphIndex,
    shapes,
    boundaries: viewed.boundaries.map(it => ({ ...it, inputs: it.inputs.filter(isTensor) })),
    outputs: new Map(outputs.filter(([, value]) => holdsNumbers(value, graphIndex, shapes))),
    target: viewed.latest.get(target) ?? target,
    latest: viewed.latest,
  }
}

/** Text and maps from names to scores are no tensors of numbers. */
function holdsNumbers(value: string, { producer }: GraphIndex, shapes: ReadonlyMap<string, ValueInfo>): boolean {
  const type = shapes.get(value)?.type
  return type === undefined ? producer.get(value)?.domain !== 'ai.onnx.ml' : type !== 'string'
}
