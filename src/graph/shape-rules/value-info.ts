import { intsAttribute } from '../attributes'
import { positiveAxes, positiveAxis, properDims } from '../numbers'
import { sizeOf } from '../tensors'
import type { Body, ElementType, Node } from '../types'

/** Type, shape and, of small constants, content of a value, known before anything runs. */
export interface ValueInfo {
  readonly type: ElementType
  readonly dims: readonly number[]
  /** Elements in row-major order, for small constants: shapes, axes, indices, scales. Truths are 0 and 1. */
  readonly content?: readonly number[]
}

export interface ShapeScope {
  readonly node: Node
  readonly opset: number
  /** undefined: an optional input that was left out. */
  readonly inputs: readonly (ValueInfo | undefined)[]
  /** Infers the results of one of the node's bodies from its inputs. */
  readonly body?: (body: Body, given: readonly (ValueInfo | undefined)[]) => readonly (ValueInfo | undefined)[]
}

/** One entry an output; undefined where it cannot be told. */
export type ShapeRule = (scope: ShapeScope) => readonly (ValueInfo | undefined)[]

/** Constants up to this many elements are followed through shape arithmetic. */
export const SMALL = 64

export const isFloat = (type: ElementType): boolean =>
  type === 'float32' || type === 'float16' || type === 'float64' || type === 'bfloat16'

/** numpy's broadcasting; undefined where the shapes do not fit. */
export function broadcast(a: readonly number[], b: readonly number[]): number[] | undefined {
  const rank = Math.max(a.length, b.length)
  const dims: number[] = []
  for (let i = 0; i < rank; i++) {
    const x = a[a.length - rank + i] ?? 1
    const y = b[b.length - rank + i] ?? 1
    if (x !== y && x !== 1 && y !== 1) return undefined
    dims.push(x === 1 ? y : x)
  }
  return dims
}

export { positiveAxis }

/**
 * Axes of an operator that takes them as an attribute in older opsets and as an input in newer ones, counted from the
 * front.
 *
 * @param rankFor how many axes they are of, by how many are named: the first input's unless given
 */
export function axesOf(
  scope: ShapeScope,
  input: number,
  rankFor: (count: number) => number = () => scope.inputs[0]?.dims.length ?? 0,
): readonly number[] | undefined {
  const axes = intsAttribute(scope.node, 'axes') ?? scope.inputs[input]?.content
  return axes && positiveAxes(axes, rankFor(axes.length))
}

/** Whether an input is there whose content only a run tells. */
export const isOpen = ({ node, inputs }: ShapeScope, input: number): boolean =>
  Boolean(node.inputs[input]) && !inputs[input]?.content

/** A constant with what it holds, unless that is much. */
export function withContent(
  type: ElementType,
  dims: readonly number[],
  content: () => readonly number[],
  most = SMALL,
): ValueInfo {
  return sizeOf(properDims(dims)) <= most ? { type, dims, content: content() } : { type, dims }
}

/** Every index of a small shape, in row-major order. */
export const indicesOf = (dims: readonly number[]): number[][] =>
  dims.reduce<number[][]>(
    (outer, size) => outer.flatMap(index => Array.from({ length: size }, (_, k) => [...index, k])),
    [[]],
  )

/** Row-major place of an index; axes of size 1 are repeated, and axes missing in front ignored. */
export function placeOf(index: readonly number[], dims: readonly number[]): number {
  const skipped = index.length - dims.length
  return dims.reduce((flat, size, axis) => flat * size + (size === 1 ? 0 : (index[axis + skipped] ?? 0)), 0)
}

/** A value of shape `dims` whose elements are picked from x: `from` gives the index in x of each of its own. */
export function picked(
  x: ValueInfo,
  dims: readonly number[],
  from: (index: readonly number[]) => readonly number[],
): ValueInfo {
  const { type, content } = x
  if (!content) return { type, dims }
  const pick = () => indicesOf(dims).map(index => content[placeOf(from(index), x.dims)] ?? 0)
  return withContent(type, dims, pick, Math.max(SMALL, content.length))
}
