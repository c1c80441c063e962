import { HookscopeError } from '../errors'
import { type Node, nodeLabel } from './types'

/**
 * What a node says that cannot be, as the end of a sentence that begins with the node: `has the axis 7, …`. Thrown by
 * the readers below, which know numbers and no nodes; `atNode` says where.
 */
export class Misfit extends Error {
  constructor(
    message: string,
    readonly advice = 'The file is damaged: export it again.',
  ) {
    super(message)
  }
}

/**
 * Does what reads a node's numbers.
 *
 * @throws HookscopeError for whatever is thrown: `bad-model` for a number that cannot be, `unsupported-op` for what
 * nobody foresaw; both name the node and keep the cause
 */
export function atNode<T>(node: Node, work: () => T): T {
  try {
    return work()
  } catch (cause) {
    throw named(node, cause)
  }
}

function named(node: Node, cause: unknown): HookscopeError {
  if (cause instanceof HookscopeError) return cause
  const label = nodeLabel(node)
  if (cause instanceof Misfit)
    return new HookscopeError('bad-model', `${label} ${cause.message}. ${cause.advice}`, { cause })
  const why = cause instanceof Error ? cause.message : String(cause)
  return new HookscopeError('unsupported-op', `${label} cannot be worked out (${why}). Export it in another form.`, {
    cause,
  })
}

/** Elements that an axis may have, as ONNX Runtime counts them in WASM's 32 bits. */
export const LONGEST = 2 ** 31

/** Axes that a value may have: more are no network's. */
const MOST_AXES = 64

/** An axis counted from the front. @param places how many there are: the rank, or one more where a gap is meant */
export function positiveAxis(axis: number, rank: number, places = Math.max(rank, 1)): number {
  const found = axis < 0 ? axis + Math.max(rank, 1) : axis
  if (Number.isInteger(found) && found >= 0 && found < places) return found
  throw new Misfit(`has the axis ${axis}, and its value has ${rank} axes`)
}

/** Different axes, counted from the front. */
export function positiveAxes(axes: readonly number[], rank: number): number[] {
  if (axes.length > Math.min(rank, MOST_AXES)) throw new Misfit(`names ${axes.length} axes of ${rank}`)
  const found = axes.map(axis => positiveAxis(axis, rank))
  if (new Set(found).size < found.length) throw new Misfit(`names an axis twice ([${axes.join(', ')}])`)
  return found
}

/** A place along an axis, counted from the front. */
export function positivePlace(place: number, size: number): number {
  const found = place < 0 ? place + size : place
  if (Number.isInteger(found) && found >= 0 && found < size) return found
  throw new Misfit(`asks for place ${place} of ${size}`)
}

/** The order of axes, each once. */
export function permutation(order: readonly number[], rank: number): readonly number[] {
  if (order.length === rank && positiveAxes(order, rank).every((axis, i) => axis === order[i])) return order
  throw new Misfit(`has the order [${order.slice(0, MOST_AXES).join(', ')}] for ${rank} axes`)
}

/** A whole number between bounds. @param what names it: `the kernel size` */
export function whole(value: number, what: string, least = 0, most = LONGEST): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value
  throw new Misfit(`has ${what} ${value}`)
}

/** As many whole numbers as there should be. */
export function wholes(
  values: readonly number[],
  what: string,
  { count = values.length, least = 0, most = LONGEST }: { count?: number; least?: number; most?: number } = {},
): readonly number[] {
  if (values.length !== count) throw new Misfit(`has ${values.length} numbers for ${what} where ${count} belong`)
  for (const value of values) whole(value, what, least, most)
  return values
}

export const UNFIT = 'The picture’s size does not fit the network, or the file is damaged.'

/** A shape that a value can have. */
export function properDims(dims: readonly number[]): readonly number[] {
  if (dims.length > MOST_AXES) throw new Misfit(`would make a value of ${dims.length} axes`)
  if (dims.every(size => Number.isInteger(size) && size >= 0 && size <= LONGEST)) return dims
  throw new Misfit(`would make a value of [${dims.join(', ')}]`, UNFIT)
}
