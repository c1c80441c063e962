import type { TensorHandle } from '../../src/engine/runtime'
import type { GraphIndex } from '../../src/graph/graph-index'
import type { Program } from '../../src/graph/program'
import type { ValueInfo } from '../../src/graph/shapes'
import type { Graph } from '../../src/graph/types'
import { writeOnnx } from '../../src/onnx/write'
import { runtime } from './engine'
import { type NdArray, ndArray } from './reference/array'

/** Runs a graph as a file of its own on the real engine and hands every asked-for value to `use`. */
export async function runGraph<T>(
  graph: Graph,
  feeds: ReadonlyMap<string, NdArray>,
  values: readonly string[],
  use: (value: TensorHandle) => T | Promise<T>,
): Promise<Map<string, T>> {
  const compiled = await runtime.compile(writeOnnx({ ...graph, outputs: values }))
  const fed = new Map(
    [...feeds].map(([name, { dims, data }]) => [name, runtime.float(Float32Array.from(data), dims)] as const),
  )
  const results = await compiled.run(fed, values)
  const used = new Map<string, T>()
  for (const [name, value] of results) used.set(name, await use(value))
  for (const value of [...fed.values(), ...results.values()]) value.dispose()
  await compiled.release()
  return used
}

export const holdAll = (values: ReadonlyMap<string, NdArray>): Map<string, TensorHandle> =>
  new Map([...values].map(([name, { dims, data }]) => [name, runtime.float(Float32Array.from(data), dims)]))

/**
 * Runs one program over a network, as a graph of its own with the network's parameters.
 *
 * @param shapes tells the element type of what the program is fed; float32 where it is silent
 * @param values everything that is there, of any type; the program's results are added
 */
export async function runHeld(
  graphIndex: GraphIndex,
  shapes: ReadonlyMap<string, ValueInfo>,
  program: Program,
  values: Map<string, TensorHandle>,
): Promise<void> {
  if (program.outputs.length === 0) return
  const { graph, parameters } = graphIndex
  const growth = graphIndex.nodes.filter(node => node.outputs.every(output => parameters.has(output)))
  const feeds = new Map(
    program.inputs.map(name => {
      const value = values.get(name)
      if (!value) throw new Error(`nothing gives ${name}`)
      return [name, value] as const
    }),
  )
  const whole: Graph = {
    ...graph,
    inputs: [...feeds].map(([name, { dims }]) => ({ name, type: shapes.get(name)?.type ?? 'float32', dims })),
    outputs: program.outputs,
    nodes: [...growth, ...program.nodes],
    constants: new Map([...graph.constants, ...program.constants]),
  }
  const compiled = await runtime.compile(writeOnnx(whole))
  for (const [name, value] of await compiled.run(feeds, program.outputs)) values.set(name, value)
  await compiled.release()
}

/** As `runHeld`, over plain float32 values. */
export async function runProgram(
  graphIndex: GraphIndex,
  program: Program,
  values: Map<string, NdArray>,
): Promise<void> {
  const held = holdAll(values)
  await runHeld(graphIndex, new Map(), program, held)
  for (const name of program.outputs) {
    const value = held.get(name)
    if (value) values.set(name, ndArray(value.dims, await value.read()))
  }
  for (const value of held.values()) value.dispose()
}
