import { expect } from 'vitest'
import { backward, gradientOf, obstacles } from '../../src/grad/backward'
import type { RuleTable } from '../../src/grad/rules'
import { type GraphIndex, indexGraph } from '../../src/graph/graph-index'
import { forwardProgram, type Program } from '../../src/graph/program'
import { inferShapes, type ValueInfo } from '../../src/graph/shapes'
import type { Graph } from '../../src/graph/types'
import { GraphBuilder, random } from '../support/build'
import { holdAll, runHeld } from '../support/execute'
import { evaluate, finiteDifferences } from '../support/reference'
import { type NdArray, ndArray, sizeOf } from '../support/reference/array'

/**
 * Largest allowed error of an engine's gradient, as a share of the largest absolute value of the true one. The engine
 * counts in float32, 6e-8 a rounding; sums of up to some hundred products and saved forward values that are rounded
 * themselves (Softmax, Div) add up to a few 1e-6 at the worst. A wrong rule is off by 1e-2 and more.
 */
const TOLERANCE = 1e-5

/** What the native WebGPU backend fails at or leaves to the CPU: no rule may write it. */
const AVOIDED: ReadonlySet<string> = new Set([
  ...['MaxPool', 'MaxUnpool', 'LRN', 'OneHot', 'Sum', 'Sign', 'Selu', 'Celu', 'LogSoftmax', 'SpaceToDepth'],
  ...['Col2Im', 'ArgMax', 'ScatterElements', 'ScatterND'],
])

/** A small graph, the values of its inputs, and the value whose gradient starts the walk. */
export interface GradientCase {
  readonly name: string
  readonly opset?: number
  /** Writes the graph; every input that it makes is differentiated. @returns the output */
  readonly build: (g: GraphBuilder) => string
}

export interface Prepared {
  readonly graph: Graph
  readonly graphIndex: GraphIndex
  readonly shapes: ReadonlyMap<string, ValueInfo>
  readonly feeds: ReadonlyMap<string, NdArray>
  readonly output: string
  /** d L / d output for L = Σ seed·output. */
  readonly seed: NdArray
}

export function prepare({ name, opset, build }: GradientCase): Prepared {
  const g = new GraphBuilder(opset ?? 17, name)
  const output = build(g)
  const graph = g.output(output).build()
  const graphIndex = indexGraph(graph)
  const shapes = inferShapes(graphIndex, new Map([...g.feeds].map(([input, { dims }]) => [input, dims])))
  const dims = shapes.get(output)?.dims
  if (!dims) throw new Error(`${name}: the shape of the output is not known`)
  return {
    graph,
    graphIndex,
    shapes,
    feeds: g.feeds,
    output,
    seed: ndArray(dims, random(`seed of ${name}`)(sizeOf(dims))),
  }
}

/** Runs forward and backward on the engine. @returns the gradients by value, and the forward output */
export async function engineGradients(
  prepared: Prepared,
  wanted: readonly string[],
  rules?: RuleTable,
): Promise<{ program: Program; output: NdArray | undefined; gradients: Map<string, NdArray> }> {
  const { graphIndex, shapes, feeds, output, seed } = prepared
  const program = backward(graphIndex, shapes, { known: [output], wanted, ...(rules && { rules }) })
  const saved = program.inputs.filter(name => graphIndex.producer.has(name))
  const forward = forwardProgram(graphIndex, new Set(feeds.keys()), [...new Set([output, ...saved])])
  const values = holdAll(new Map(feeds).set(gradientOf(output), seed))
  await runHeld(graphIndex, shapes, forward, values)
  await runHeld(graphIndex, shapes, program, values)
  const read = async (name: string) => {
    const held = values.get(name)
    return held && ndArray(held.dims, await held.read())
  }
  const gradients = new Map<string, NdArray>()
  for (const name of wanted) {
    const found = await read(gradientOf(name))
    if (found) gradients.set(name, found)
  }
  const result = await read(output)
  for (const held of values.values()) held.dispose()
  return { program, output: result, gradients }
}

export function expectClose(found: NdArray | undefined, expected: NdArray, what: string): void {
  expect(found?.dims, `shape of ${what}`).toEqual(expected.dims)
  const scale = expected.data.reduce((max, value) => Math.max(max, Math.abs(value)), 0)
  const worst = expected.data.reduce(
    (max, value, i) => Math.max(max, Math.abs((found?.data[i] ?? Number.NaN) - value)),
    0,
  )
  expect(worst, `error of ${what}, whose largest value is ${scale}`).toBeLessThanOrEqual(TOLERANCE * scale)
}

function expectPlainOps(program: Program): void {
  expect(program.nodes.filter(node => node.domain !== '').map(node => node.op)).toEqual([])
  expect(program.nodes.filter(node => AVOIDED.has(node.op)).map(node => node.op)).toEqual([])
}

/** The engine's gradients of every input against finite differences of the reference, and its output as well. */
export async function checkGradients(it: GradientCase): Promise<Prepared> {
  const prepared = prepare(it)
  const { graph, feeds, output, seed } = prepared
  const wanted = [...feeds.keys()]
  const result = await engineGradients(prepared, wanted)
  const blocked = obstacles(prepared.graphIndex, prepared.shapes, output)
  for (const name of wanted) expect(blocked.get(name)?.sentence, `what stands before ${name}`).toBeUndefined()
  expectPlainOps(result.program)
  expect(result.program.parameters.every(name => prepared.graphIndex.parameters.has(name))).toBe(true)
  const forward = evaluate(graph, feeds).get(output)
  if (!forward) throw new Error(`${it.name}: the reference gives no ${output}`)
  expectClose(result.output, forward, 'the forward output')
  for (const name of wanted)
    expectClose(
      result.gradients.get(name),
      finiteDifferences(graph, feeds, name, output, seed),
      `the gradient of ${name}`,
    )
  return prepared
}
