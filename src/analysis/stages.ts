import type { GraphIndex } from '../graph/graph-index'
import type { NamedValue } from '../graph/hook-points'
import { depthOf } from '../graph/modules'
import { has, keepsElements } from '../graph/traits'
import type { Node } from '../graph/types'
import type { Grid } from './grid'

type Grids = ReadonlyMap<string, Grid>

const isSpatial = (grid: Grid | undefined): grid is Grid => grid !== undefined && grid.height * grid.width > 1

const isPooling = ({ node }: NamedValue): boolean => has(node, 'pools')

const isChannelsFirst = ({ strides: [channel, , column] }: Grid): boolean => column === 1 && channel > 1

/** As many residual sums of one size are stages: a network over tokens may have no other. */
const SUMS = 6

/** Outermost modules that are stages: a file without names has as many as operators. */
const MOST = 64

/**
 * Values of the network's stages, in its order: what leaves each top-level module, 64 of them at most; of each spatial size the last value
 * that leaves an outermost module; and for tokens a few of the residual sums between.
 *
 * @param points hook points that the logits depend on, in the network's order
 * @param main the default hook point's value
 */
export function stageValues(
  graphIndex: GraphIndex,
  points: readonly NamedValue[],
  grids: Grids,
  unread: ReadonlySet<string>,
  main: string,
): string[] {
  const spatial = points.filter(({ value }) => isSpatial(grids.get(value)) && !unread.has(value))
  const made = spatial.filter(point => !isArranged(point))
  const lastOfSize = new Map<string, NamedValue>()
  for (const point of made) {
    const { height, width } = grids.get(point.value) ?? {}
    const size = `${height}×${width}`
    const before = lastOfSize.get(size)
    if (!before || depthOf(point.path) <= depthOf(before.path)) lastOfSize.set(size, point)
  }
  const chosen = new Set([main, ...[...lastOfSize.values()].map(({ value }) => value)])
  const outermost = made.filter(point => depthOf(point.path) === 1)
  for (const value of spread([...new Set(outermost.map(point => point.value))], MOST)) chosen.add(value)
  const sums = made.filter(({ node }) => unread.size > 0 && isResidualSum(node, graphIndex, grids))
  for (const value of spread([...new Set(sums.map(point => point.value))], SUMS)) chosen.add(value)
  return [...new Set(spatial.map(point => point.value))].filter(value => chosen.has(value))
}

/** Whether values are only cut or moved here; a Reshape may end a module, as ShuffleNet's units do. */
const isArranged = ({ node, path }: NamedValue): boolean =>
  has(node, 'cuts') ||
  (rearranges(node) && (node.op !== 'Reshape' || path.split('.').at(-1)?.startsWith(node.op) === true))

function spread(values: readonly string[], count: number): string[] {
  const step = Math.max(1, values.length / count)
  return Array.from({ length: Math.min(count, values.length) }, (_, i) => values[Math.floor((i + 1) * step) - 1] ?? '')
}

/**
 * The last value with a height and a width that no pooling made. Networks over tokens end in a normalisation: there the
 * last residual sum; where only the class token is read, the last tokens that attention reads, before its linear layer.
 */
export function defaultValue(
  graphIndex: GraphIndex,
  points: readonly NamedValue[],
  grids: Grids,
  unread: ReadonlySet<string>,
): string | undefined {
  const read = points.filter(({ value }) => isSpatial(grids.get(value)) && !unread.has(value))
  const last = read.findLast(point => !isPooling(point))
  if (!last) return undefined
  if (unread.size > 0) return lastTokens(graphIndex, grids, unread) ?? last.value
  const value = unturned(last.value, graphIndex)
  const grid = grids.get(value)
  if (!grid || isChannelsFirst(grid)) return grid ? value : last.value
  return normalized(value, graphIndex, grids) ?? value
}

/** The residual sum that a normalisation at the end reads, whether it is one operator or written out. */
function normalized(value: string, graphIndex: GraphIndex, grids: Grids): string | undefined {
  let from = value
  for (let node = graphIndex.producer.get(from); node; node = graphIndex.producer.get(from)) {
    if (isResidualSum(node, graphIndex, grids)) return from === value ? undefined : from
    const [first = '', second = ''] = node.inputs
    const isShare = (node.op === 'Sub' || node.op === 'Div') && isSpatial(grids.get(first))
    const isScaled =
      (node.op === 'Mul' || node.op === 'Add') && node.inputs.some(input => graphIndex.parameters.has(input))
    if (!isShare && !isScaled && !node.op.endsWith('Normalization') && !rearranges(node)) return undefined
    from = isScaled && graphIndex.parameters.has(first) ? second : first
  }
  return undefined
}

function isResidualSum(node: Node, graphIndex: GraphIndex, grids: Grids): boolean {
  return (
    node.op === 'Add' && node.inputs.every(input => !graphIndex.parameters.has(input) && isSpatial(grids.get(input)))
  )
}

/** The value that the last linear layer over read tokens reads, rearrangements undone. */
function lastTokens(graphIndex: GraphIndex, grids: Grids, unread: ReadonlySet<string>): string | undefined {
  const reads = ({ op, inputs: [tokens = '', weight = ''] }: Node) =>
    (op === 'MatMul' || op === 'Gemm') &&
    graphIndex.parameters.has(weight) &&
    isSpatial(grids.get(tokens)) &&
    !unread.has(tokens)
  const tokens = graphIndex.nodes.findLast(reads)?.inputs[0]
  return tokens && unturned(tokens, graphIndex)
}

/** The value before it was rearranged. */
function unturned(value: string, graphIndex: GraphIndex): string {
  let from = value
  for (let node = graphIndex.producer.get(from); node && rearranges(node); node = graphIndex.producer.get(from))
    from = node.inputs[0] ?? ''
  return from
}

const rearranges = (node: Node): boolean => keepsElements(node) || has(node, 'permutes')
