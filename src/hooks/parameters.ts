import { numbersOf } from '../graph/elements'
import { forwardProgram } from '../graph/program'
import type { Executor } from './executor'
import type { InstrumentedGraph } from './instrumented-graph'
import type { Tensor } from './types'
import { Values } from './values'

/** A copy of a value that depends on constants alone: as it stands in the file, or computed from what does. */
export async function readParameter(
  instrumented: InstrumentedGraph,
  executor: Executor,
  value: string,
): Promise<Tensor> {
  const { graphIndex } = instrumented
  const constant = graphIndex.graph.constants.get(value)
  const numbers = constant && numbersOf(constant)
  if (numbers) return { dims: [...constant.dims], data: Float32Array.from(numbers) }
  const values = new Values(executor.runtime)
  const program = forwardProgram(graphIndex, new Set(), [value])
  const results = await executor.run(instrumented, program, name => values.get(name))
  for (const [name, held] of results) values.keep(name, held)
  try {
    return await values.tensor(value)
  } finally {
    values.dispose()
  }
}
