import type { GraphIndex } from '../graph/graph-index'
import type { Node } from '../graph/types'
import { constantFloats } from './constants'
import { batchStatistics } from './entry'
import type { Typical } from './presets'

/** How alike neighbouring pixels of everyday pictures are, a step apart, and the colours of one pixel. */
const NEIGHBOURS = 0.95
const COLOURS = 0.9

/** Enough filters for a median, and places of the largest filter that is looked at: AlexNet's. The work is their square. */
const MOST_FILTERS = 64
const MOST_PLACES = 11 * 11

/**
 * What came in while the network was trained, worked back from the first BatchNormalization: it keeps the mean and the
 * variance of what the convolution before it gave. A filter w with bias b makes of an input with mean m and deviation s
 * an output with mean b + m·Σw and variance s²·wᵀRw, where R says how alike its pixels are. Good to a factor of 2.
 *
 * @param conv the node that reads the input first
 */
export function firstStatistics(graphIndex: GraphIndex, conv: Node | undefined, channels: number): Typical | null {
  if (conv?.op !== 'Conv') return null
  const [output = ''] = conv.outputs
  const [reader, another] = graphIndex.consumers.get(output) ?? []
  if (reader?.op !== 'BatchNormalization' || another) return null
  const dims = graphIndex.graph.constants.get(conv.inputs[1] ?? '')?.dims
  const seen = batchStatistics(reader, graphIndex)
  if (!seen || dims?.length !== 4 || dims[1] !== channels) return null
  const [filters = 0, , height = 1, width = 1] = dims
  const weights = height * width <= MOST_PLACES ? constantFloats(graphIndex, conv.inputs[1] ?? '') : undefined
  if (!weights) return null
  const bias = conv.inputs[2] ? constantFloats(graphIndex, conv.inputs[2]) : undefined
  const size = channels * height * width
  let sumsByMeans = 0
  let sumsSquared = 0
  const ratios: number[] = []
  for (let filter = 0; filter < Math.min(filters, MOST_FILTERS); filter++) {
    const w = weights.slice(filter * size, (filter + 1) * size)
    const sum = w.reduce((total, value) => total + value, 0)
    sumsByMeans += sum * ((seen.mean[filter] ?? 0) - (bias?.[filter] ?? 0))
    sumsSquared += sum * sum
    const expected = spread(w, height, width)
    if (expected > 0) ratios.push((seen.variance[filter] ?? 0) / expected)
  }
  const variance = ratios.sort((a, b) => a - b)[ratios.length >> 1] ?? 0
  return variance > 0 && sumsSquared > 0 ? { mean: sumsByMeans / sumsSquared, std: Math.sqrt(variance) } : null
}

/** wᵀRw with R = NEIGHBOURS^distance between places, times COLOURS between colours. */
function spread(w: readonly number[], height: number, width: number): number {
  const plane = height * width
  let sum = 0
  for (let i = 0; i < w.length; i++) {
    for (let j = 0; j < w.length; j++) {
      const [p, q] = [i % plane, j % plane]
      const distance = Math.hypot(Math.floor(p / width) - Math.floor(q / width), (p % width) - (q % width))
      const colours = Math.floor(i / plane) === Math.floor(j / plane) ? 1 : COLOURS
      sum += (w[i] ?? 0) * (w[j] ?? 0) * NEIGHBOURS ** distance * colours
    }
  }
  return sum
}
