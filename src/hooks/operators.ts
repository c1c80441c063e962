import { type GraphIndex, reads } from '../graph/graph-index'
import type { Points } from './points'

/** One operator of the network: a node of its graph, by which the network can be drawn. */
export interface Operator {
  /** ONNX type: `Conv`. */
  readonly op: string
  /** Path of the module that it belongs to; empty for the network itself. */
  readonly module: string
  /** Which call of the module, from 0. */
  readonly call: number
  /** Names of the values that it reads, in order. */
  readonly inputs: readonly string[]
  /** Names of those that it reads that depend on constants alone: weights, biases. */
  readonly parameters: readonly string[]
  /** Names of the values that it makes. */
  readonly outputs: readonly string[]
  /** Shape of the first of them; undefined where only the engine can tell. */
  readonly dims: readonly number[] | undefined
}

/** In an order in which they can be computed. */
export function operators(points: Points, graphIndex: GraphIndex): Operator[] {
  const owner = new Map(
    points.calls.flatMap(({ module, call, operators }) =>
      operators.map(({ node }) => [node, { module, call }] as const),
    ),
  )
  return graphIndex.nodes
    .filter(node => reads(node).length > 0)
    .map(node => {
      const inputs = reads(node)
      const outputs = node.outputs.filter(Boolean)
      return {
        op: node.op,
        ...(owner.get(node) ?? { module: '', call: 0 }),
        inputs,
        parameters: inputs.filter(value => graphIndex.parameters.has(value)),
        outputs,
        dims: points.dims(outputs[0] ?? ''),
      }
    })
}
