import { bundle } from '../../src/engine/bundle'
import type { Held } from '../../src/engine/runtime'
import type { Program } from '../../src/graph/program'
import type { Known } from '../../src/graph/shapes'
import type { Graph } from '../../src/graph/types'
import type { Wiring } from '../../src/graph/wiring'
import { writeOnnx } from '../../src/onnx/write'
import { runtime } from './engine'
import { type NdArray, ndArray } from './reference/array'

const held = ({ dims, data }: NdArray): Held => runtime.float(Float32Array.from(data), dims)

/** Runs a graph as a file of its own and hands every asked-for value to `use`. */
export async function runGraph<T>(
  graph: Graph,
  feeds: ReadonlyMap<string, NdArray>,
  values: readonly string[],
  use: (value: Held) => T | Promise<T>,
): Promise<Map<string, T>> {
  const outputs = values.map(name => ({ name, type: 'float32', dims: [] }) as const)
  const compiled = await runtime.compile(writeOnnx({ ...graph, outputs }))
  const results = await compiled.run(new Map([...feeds].map(([name, value]) => [name, held(value)])), values)
  const used = new Map<string, T>()
  for (const [name, value] of results) used.set(name, await use(value))
  await compiled.release()
  return used
}

/**
 * Runs programs over one network one after the other, bundled into one session as the engine does it; each is fed
 * what those before it gave.
 *
 * @returns everything that was fed or given
 */
export async function runPrograms(
  wiring: Wiring,
  programs: readonly Program[],
  known: (value: string) => Known,
  feeds: ReadonlyMap<string, NdArray>,
): Promise<Map<string, NdArray>> {
  const bundled = bundle(wiring, programs, known)
  const compiled = await runtime.compile(writeOnnx(bundled.graph))
  const idle = new Map<string, Held>([
    ...bundled.programs.map(program => [program.switch, runtime.truth(false)] as const),
    ...bundled.inputs.map(port => [port.name, runtime.nothing(port.type, port.rank)] as const),
  ])
  const values = new Map(feeds)
  for (const names of bundled.programs) {
    const fed = new Map(idle).set(names.switch, runtime.truth(true))
    for (const [value, name] of names.feeds) {
      const array = values.get(value)
      if (!array) throw new Error(`nothing gives ${value}`)
      fed.set(name, held(array))
    }
    const results = await compiled.run(fed, [...names.fetches.values()])
    for (const [value, name] of names.fetches) {
      const result = results.get(name)
      if (result) values.set(value, ndArray(result.dims, await result.read()))
    }
  }
  await compiled.release()
  return values
}
