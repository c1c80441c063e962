import { numbersOf } from '../../../src/graph/elements'
import type { Graph } from '../../../src/graph/types'
import * as activations from './activations'
import { type NdArray, ndArray } from './array'
import * as attention from './attention'
import * as elementwise from './elementwise'
import * as indexing from './indexing'
import * as layout from './layout'
import * as linear from './linear'
import * as microsoft from './microsoft'
import * as normalize from './normalize'
import type { Operator } from './operator'
import * as reduce from './reduce'
import { Resize } from './resize'
import * as sampling from './sampling'
import * as windows from './windows'

const { maxPoolGradient: _, ...windowOperators } = windows

const OPERATORS: Readonly<Record<string, Operator>> = {
  ...microsoft,
  ...attention,
  ...sampling,
  ...windowOperators,
  ...activations,
  ...elementwise,
  ...indexing,
  ...layout,
  ...linear,
  ...normalize,
  ...reduce,
  ...{ Resize, Upsample: Resize },
}

/** Every value of a graph whose nodes stand in order, in double precision. */
export function evaluate(graph: Graph, feeds: ReadonlyMap<string, NdArray>): Map<string, NdArray> {
  const values = new Map(feeds)
  for (const [name, tensor] of graph.constants) values.set(name, ndArray(tensor.dims, numbersOf(tensor)))
  for (const node of graph.nodes) {
    const operator = OPERATORS[node.op]
    if (!operator) throw new Error(`the reference has no ${node.op}`)
    const inputs = node.inputs.map(name => values.get(name))
    const result = operator({ node, opset: graph.opsets.get('') ?? 1, inputs })
    const outputs = 'dims' in result ? [result] : result
    node.outputs.forEach((name, i) => {
      const output = outputs[i]
      if (output) values.set(name, output)
    })
  }
  return values
}

/**
 * d Σ seed·output / d input by central differences, element by element. The error of the formula is h²/6 times the
 * third derivative, that of the doubles about 1e-16 / h: both near 1e-10 for values near 1.
 */
export function finiteDifferences(
  graph: Graph,
  feeds: ReadonlyMap<string, NdArray>,
  wanted: string,
  output: string,
  seed: NdArray,
  h = 1e-5,
): NdArray {
  const x = feeds.get(wanted)
  if (!x) throw new Error(`no value is fed as ${wanted}`)
  const target = (data: Float64Array): number => {
    const result = evaluate(graph, new Map(feeds).set(wanted, { dims: x.dims, data })).get(output)
    return seed.data.reduce((sum, weight, i) => sum + weight * (result?.data[i] ?? Number.NaN), 0)
  }
  return ndArray(
    x.dims,
    x.data.map((value, i) => (target(x.data.with(i, value + h)) - target(x.data.with(i, value - h))) / (2 * h)),
  )
}
