import type { NamedValue } from '../graph/hook-points'
import { sizeOf } from '../graph/tensors'

const isSpatial = ({ known }: NamedValue): boolean => known.dims.length === 4 && sizeOf(known.dims.slice(2)) > 1

const isPooling = ({ node }: NamedValue): boolean => node.op.includes('Pool') || node.op.startsWith('Reduce')

/**
 * Values of the network's stages, in its order: what leaves each top-level module, and the last value of each
 * spatial size.
 *
 * @param points hook points that the logits depend on, in the network's order
 */
export function stageValues(points: readonly NamedValue[]): string[] {
  const spatial = points.filter(isSpatial)
  const lastOfSize = new Map(spatial.map(point => [point.known.dims.slice(2).join('×'), point.value]))
  const chosen = new Set(lastOfSize.values())
  for (const { path, value } of spatial) if (!/[.]/.test(path)) chosen.add(value)
  return [...new Set(spatial.map(point => point.value))].filter(value => chosen.has(value))
}

/** The last value with a height and a width that no pooling made. */
export function defaultValue(points: readonly NamedValue[]): string | undefined {
  return points.filter(isSpatial).findLast(point => !isPooling(point))?.value
}

/** Of several paths to one value the one that says it shortest: `layer4`, not `layer4.1.relu:1`. */
export function shortest(points: readonly NamedValue[]): NamedValue | undefined {
  const parts = (path: string) => path.split('.').length
  return points.reduce<NamedValue | undefined>(
    (best, point) => (best && parts(best.path) <= parts(point.path) ? best : point),
    undefined,
  )
}
