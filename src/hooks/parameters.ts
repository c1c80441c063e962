import { numbersOf } from '../graph/elements'
import { forwardProgram } from '../graph/program'
import type { Executor } from './executor'
import type { Scene } from './scene'
import type { Tensor } from './types'
import { Values } from './values'

/** A copy of a value that depends on constants alone: as it stands in the file, or computed from what does. */
export async function readParameter(scene: Scene, executor: Executor, value: string): Promise<Tensor> {
  const { wiring } = scene
  const constant = wiring.graph.constants.get(value)
  const numbers = constant && numbersOf(constant)
  if (numbers) return { dims: [...constant.dims], data: Float32Array.from(numbers) }
  const values = new Values(executor.runtime)
  const program = forwardProgram(wiring, new Set(), [value])
  const results = await executor.run(scene, program, name => values.get(name))
  for (const [name, held] of results) values.keep(name, held)
  try {
    return await values.tensor(value)
  } finally {
    values.dispose()
  }
}
