import { intAttribute } from './attributes'
import { numbersOf } from './elements'
import { has } from './traits'
import { type Graph, type Node, nodeLabel } from './types'

/**
 * Whether ONNX Runtime normalises by the mean and variance of the batch instead of the stored ones: `training_mode` since
 * opset 14, and before that every BatchNormalization that gives its statistics as outputs. (Of opsets 1 and 6, where
 * `is_test` said so, it has no BatchNormalization.)
 */
export const usesBatchStatistics = (node: Node, opset: number): boolean =>
  node.op === 'BatchNormalization' &&
  (opset >= 14 ? intAttribute(node, 'training_mode', 0) === 1 : node.outputs.length > 1)

/** A network as it is used, and what to say of a file that was written to train it. */
export interface AtInference {
  readonly graph: Graph
  readonly notes: readonly string[]
}

/**
 * Dropout that the file leaves switched on would make every run a random one: it is switched off. Batch statistics stay,
 * for the stored ones of such a file may be of no training at all.
 */
export function atInference(graph: Graph): AtInference {
  const isTrue = truths(graph)
  const dropping = graph.nodes.filter(node => has(node, 'copies') && isTrue(node.inputs[2] ?? ''))
  const normalising = graph.nodes.filter(node => usesBatchStatistics(node, graph.opsets.get('') ?? 1))
  const still = new Set(dropping)
  return {
    graph:
      still.size === 0
        ? graph
        : {
            ...graph,
            nodes: graph.nodes.map(node => (still.has(node) ? { ...node, inputs: node.inputs.slice(0, 2) } : node)),
          },
    notes: [
      ...said(normalising, 'uses the mean and variance of the picture itself, in its answer and in its gradients'),
      ...said(dropping, 'would drop values at random, and is switched off'),
    ],
  }
}

function said(nodes: readonly Node[], what: string): string[] {
  const [first] = nodes
  if (!first) return []
  const which = nodes.length === 1 ? nodeLabel(first) : `${nodeLabel(first)}, as ${nodes.length - 1} more,`
  return [`The file was exported for training: ${which} ${what}. Export it for inference to see the trained network.`]
}

/** Which values are a constant truth. */
function truths(graph: Graph): (value: string) => boolean {
  const made = new Map(graph.nodes.flatMap(node => node.outputs.map(output => [output, node] as const)))
  return value => {
    const written = made.get(value)?.attributes.get('value')
    const tensor = graph.constants.get(value) ?? (written?.kind === 'tensor' ? written.value : undefined)
    return tensor?.type === 'bool' && numbersOf(tensor)?.[0] === 1
  }
}
