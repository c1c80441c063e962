import type { Graph, Tensor } from '../../../src/graph/types'
import { type NdArray, ndArray } from './array'
import * as elementwise from './elementwise'
import * as layout from './layout'
import * as linear from './linear'
import type { Operator } from './operator'
import { AveragePool, Conv, GlobalAveragePool, MaxPool } from './windows'

const OPERATORS: Readonly<Record<string, Operator>> = {
  ...elementwise,
  ...layout,
  ...linear,
  ...{ AveragePool, Conv, GlobalAveragePool, MaxPool },
}

/** Every value of a graph whose nodes stand in order, in double precision. */
export function evaluate(graph: Graph, feeds: ReadonlyMap<string, NdArray>): Map<string, NdArray> {
  const values = new Map(feeds)
  for (const [name, tensor] of graph.constants) values.set(name, decoded(tensor))
  for (const node of graph.nodes) {
    const operator = OPERATORS[node.op]
    if (!operator) throw new Error(`the reference has no ${node.op}`)
    const inputs = node.inputs.flatMap(name => values.get(name) ?? [])
    values.set(node.outputs[0] ?? '', operator({ node, opset: graph.opsets.get('') ?? 1, inputs }))
  }
  return values
}

function decoded({ type, dims, bytes }: Tensor): NdArray {
  const copy = bytes.slice().buffer
  if (type === 'bool') return ndArray(dims, bytes)
  return type === 'int64'
    ? ndArray(dims, Array.from(new BigInt64Array(copy), Number))
    : ndArray(dims, new Float32Array(copy))
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
