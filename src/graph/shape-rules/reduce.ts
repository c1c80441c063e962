import { intAttribute } from '../attributes'
import { sizeOf } from '../tensors'
import {
  axesOf,
  indicesOf,
  isOpen,
  placeOf,
  positiveAxis,
  type ShapeRule,
  type ShapeScope,
  type ValueInfo,
} from './value-info'

/**
 * Axes that a Reduce operator sums over: an attribute until opset 13 (ReduceSum) or 18, an input since then. None
 * given means all, or none at all with `noop_with_empty_axes`. undefined where they are no constants.
 */
export function reducedAxes(scope: ShapeScope): readonly number[] | undefined {
  const [x] = scope.inputs
  if (!x || isOpen(scope, 1)) return undefined
  const given = axesOf(scope, 1)
  if (given?.length) return given
  return intAttribute(scope.node, 'noop_with_empty_axes', 0) === 1 ? [] : x.dims.map((_, i) => i)
}

const reduced = (x: ValueInfo, axes: readonly number[], keep: boolean): number[] =>
  x.dims.flatMap((d, i) => (axes.includes(i) ? (keep ? [1] : []) : [d]))

/** @param op how two numbers become one, for small constants */
const reduce =
  (op?: (a: number, b: number) => number): ShapeRule =>
  scope => {
    const [x] = scope.inputs
    const axes = reducedAxes(scope)
    if (!x || !axes) return []
    const dims = reduced(x, axes, intAttribute(scope.node, 'keepdims', 1) === 1)
    const { content } = x
    if (!op || !content?.length) return [{ type: x.type, dims }]
    const kept = reduced(x, axes, true)
    const parts = Array.from({ length: sizeOf(kept) }, (): number[] => [])
    indicesOf(x.dims).forEach((index, i) => {
      parts[placeOf(index, kept)]?.push(content[i] ?? 0)
    })
    return [{ type: x.type, dims, content: parts.map(part => part.reduce(op)) }]
  }

/** Along one axis, the first by default; gives places. */
const argument: ShapeRule = ({ node, inputs: [x] }) => {
  if (!x) return []
  const axis = positiveAxis(intAttribute(node, 'axis', 0), x.dims.length)
  return [{ type: 'int64', dims: reduced(x, [axis], intAttribute(node, 'keepdims', 1) === 1) }]
}

export const reduceShapes: Readonly<Record<string, ShapeRule>> = {
  ArgMax: argument,
  ArgMin: argument,
  ReduceL1: reduce(),
  ReduceL2: reduce(),
  ReduceLogSum: reduce(),
  ReduceLogSumExp: reduce(),
  ReduceMax: reduce((a, b) => Math.max(a, b)),
  ReduceMean: reduce(),
  ReduceMin: reduce((a, b) => Math.min(a, b)),
  ReduceProd: reduce((a, b) => a * b),
  ReduceSum: reduce((a, b) => a + b),
  ReduceSumSquare: reduce(),
}
