import { type AnalyzedModel, analyzing, type Reading } from '../analysis/analyze'
import type { Answer } from '../analysis/answer'
import { measure } from '../engine/open'
import type { Runtime } from '../engine/runtime'
import { HookscopeError } from '../errors'
import { withFloatViews } from '../graph/float-views'
import { indexGraph } from '../graph/graph-index'
import { withoutOwnNames } from '../graph/own-names'
import { inferShapes, type ValueInfo } from '../graph/shapes'
import { inTurns } from '../graph/steps'
import { atInference } from '../graph/training'
import type { Graph, Port } from '../graph/types'
import { validate } from '../graph/validate'
import type { Tensor } from './types'

/** A network as hooks see it, and of an image classifier all that the page and the command line know of it. */
export interface NetReading {
  readonly graph: Graph
  readonly classifier: Classifier | undefined
}

export interface Classifier {
  readonly answer: Answer
  /** Name of the picture's input, and of the value that its gradient is read at: another where pictures are integers. */
  readonly picture: string
  readonly gradientAt: string
  /** The shape of the picture, as the network takes it. */
  readonly dims: readonly number[]
  /** The values of other inputs where none are given. */
  readonly defaults: ReadonlyMap<string, Tensor>
  /** Shapes that only a run shows, for such a picture. */
  readonly measured: ReadonlyMap<string, ValueInfo>
}

/**
 * Reads a network as the page does. Where it is no image classifier, hooks work all the same.
 *
 * @param file in float32
 * @throws HookscopeError `bad-model` where it is damaged, `bad-argument` for an output or activation that it cannot have
 */
export async function readNet(file: Graph, reading: Reading, runtime: Runtime): Promise<NetReading> {
  const graph = withFloatViews(atInference(withoutOwnNames(file)).graph)
  const graphIndex = indexGraph(graph)
  if (graph.inputs.every(isFixed)) validate(graphIndex, inferShapes(graphIndex, usualInputs(graph)))
  const found = await classifierOf(graph, reading, runtime)
  if (!found) return { graph, classifier: undefined }
  const { analyzed, measured } = found
  const { answer, input, gradientAt, further } = analyzed.layout
  // What stands in an If depends on what is fed: with further inputs it stays one.
  const own = further.length > 0 ? graph : { ...analyzed.graphIndex.graph, inputs: graph.inputs }
  return {
    graph: own,
    classifier: {
      answer,
      picture: input.name,
      gradientAt,
      dims: input.shape,
      measured,
      defaults: new Map(
        further.flatMap(({ name, shape, values }) =>
          values ? [[name, { dims: shape, data: Float32Array.from(values) }] as const] : [],
        ),
      ),
    },
  }
}

async function classifierOf(
  graph: Graph,
  reading: Reading,
  runtime: Runtime,
): Promise<{ analyzed: AnalyzedModel; measured: ReadonlyMap<string, ValueInfo> } | undefined> {
  try {
    const { prepared, measured } = await measure(graph, reading, async () => runtime)
    return { analyzed: await inTurns(analyzing(prepared, reading)), measured }
  } catch (error) {
    if (error instanceof HookscopeError && (error.code === 'bad-model' || error.code === 'engine-failed'))
      return undefined
    throw error
  }
}

const isFixed = ({ dims }: Port): boolean => dims.every((size, axis) => typeof size === 'number' || axis === 0)

export const usualInputs = (graph: Graph): ReadonlyMap<string, readonly number[]> =>
  new Map(graph.inputs.map(port => [port.name, usualDims(port)]))

/** Where the file leaves a shape open: one picture, of the size that most networks take. */
export function usualDims(port: Port): number[] {
  return port.dims.map((size, axis) => (typeof size === 'number' && size > 0 ? size : axis === 0 ? 1 : 224))
}
