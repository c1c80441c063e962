import type { GraphIndex } from '../graph/graph-index'
import { isFloat, type ValueInfo } from '../graph/shapes'
import type { Grid } from './grid'

/** Operators that read a picture of integers and leave it a picture. */
const PASSING: ReadonlySet<string> = new Set([
  'Cast',
  'DequantizeLinear',
  'Identity',
  'Transpose',
  'Unsqueeze',
  'Squeeze',
  'Reshape',
])

/** The first float value after an input of integers, where all that the network sees of it goes through that value. */
export function firstFloat(
  graphIndex: GraphIndex,
  shapes: ReadonlyMap<string, ValueInfo>,
  grids: ReadonlyMap<string, Grid>,
  input: string,
): string | undefined {
  let value = input
  while (!isFloat(shapes.get(value)?.type ?? 'float32')) {
    const [reader, another] = (graphIndex.consumers.get(value) ?? []).filter(
      ({ op }) => op !== 'Shape' && op !== 'Size',
    )
    const [next] = reader?.outputs ?? []
    if (!reader || another || !PASSING.has(reader.op) || reader.inputs[0] !== value || !next) return undefined
    value = next
  }
  return grids.has(value) ? value : undefined
}
