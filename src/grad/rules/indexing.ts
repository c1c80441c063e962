import { int, intAttribute } from '../../graph/attributes'
import { positiveAxis, positivePlace } from '../../graph/numbers'
import { type Cut, cutsOf } from '../../graph/shape-rules/indexing'
import { padOf } from '../../graph/shape-rules/layout'
import { sizeOf } from '../../graph/tensors'
import type { Emitter } from '../emitter'
import { onlyFirst, type Rule, type RuleScope, refusal } from '../rule'

/** 0 and 1: matrix[j, k] = 1 where output place k was read from input place j. [size, places.length] */
function selection(emit: Emitter, size: number, places: readonly number[]): string {
  const values = emit.room([size, places.length])
  places.forEach((place, k) => {
    values[place * places.length + k] = 1
  })
  return emit.floats([size, places.length], values)
}

/** All beginnings, then all ends, with one axis padded. */
const aroundAxis = (rank: number, axis: number, before: number, after: number): number[] => {
  const amounts = new Array<number>(2 * rank).fill(0)
  amounts[axis] = before
  amounts[axis + rank] = after
  return amounts
}

/** dY goes back to the places that were read, zeros elsewhere. */
const Slice: Rule = onlyFirst(scope => {
  const { node, emit, I, GO } = scope
  const dims = emit.shape(I(0))
  const cuts = cutsOf(emit.scopeOf(node))
  if (!cuts) throw refusal(scope, 'its bounds are no constants')
  return cuts.reduce((gradient, cut) => uncut(emit, gradient, cut, dims[cut.axis] ?? 1), GO)
})

/** With steps s, dY is laid out as [count, s], s − 1 zeros behind each of its own; a backward slice is turned first. */
function uncut(emit: Emitter, gradient: string, { axis, from, step, count }: Cut, size: number): string {
  const dims = emit.shape(gradient)
  const rank = dims.length
  if (count === 0) return emit.filled(dims.with(axis, size), 0)
  const stride = Math.abs(step)
  const forward = step > 0 ? gradient : turned(emit, gradient, axis)
  const first = step > 0 ? from : from + (count - 1) * step
  let wide = forward
  if (stride > 1 && count > 1) {
    const apart = emit.reshape(forward, [...dims.slice(0, axis + 1), 1, ...dims.slice(axis + 1)])
    const filled = emit.pad(apart, aroundAxis(rank + 1, axis + 1, 0, stride - 1), 0)
    wide = emit.reshape(filled, dims.with(axis, count * stride))
  }
  const length = emit.shape(wide)[axis] ?? 0
  const fits = length + first <= size ? wide : emit.slice(wide, [axis], [0], [size - first])
  return emit.pad(fits, aroundAxis(rank, axis, first, size - first - (emit.shape(fits)[axis] ?? 0)), 0)
}

function turned(emit: Emitter, x: string, axis: number): string {
  const size = emit.shape(x)[axis] ?? 0
  emit.checkSize([size, size])
  const places = Array.from({ length: size }, (_, k) => size - 1 - k)
  return emit.along(x, axis, selection(emit, size, places))
}

/**
 * The part of dY inside the padding. Where values were repeated (`reflect`, `edge`, `wrap`), each gets the sum over its
 * copies.
 */
const Pad: Rule = onlyFirst(scope => {
  const { node, emit, I, GO } = scope
  const dims = emit.shape(I(0))
  const padding = padOf(emit.scopeOf(node))
  if (!padding) throw refusal(scope, 'its amounts are no constants')
  const { amounts, mode } = padding
  const rank = dims.length
  if (mode !== 'constant')
    return dims.reduce((gradient, size, axis) => {
      const [before = 0, after = 0] = [amounts[axis], amounts[axis + rank]]
      if (before === 0 && after === 0) return gradient
      emit.checkSize([size, before + size + after])
      const places = Array.from({ length: before + size + after }, (_, k) => repeated(scope, mode, k - before, size))
      return emit.along(gradient, axis, selection(emit, size, places))
    }, GO)
  const axes = dims.flatMap((_, axis) => ((amounts[axis] ?? 0) > 0 || (amounts[axis + rank] ?? 0) > 0 ? [axis] : []))
  const from = axes.map(axis => Math.max(amounts[axis] ?? 0, 0))
  const to = axes.map(axis => (emit.shape(GO)[axis] ?? 0) - Math.max(amounts[axis + rank] ?? 0, 0))
  const inside = axes.length > 0 ? emit.slice(GO, axes, from, to) : GO
  return emit.pad(
    inside,
    amounts.map(amount => Math.max(-amount, 0)),
    0,
  )
})

/** The place that a padded one repeats. */
function repeated(scope: RuleScope, mode: string, place: number, size: number): number {
  if (mode === 'edge') return Math.min(Math.max(place, 0), size - 1)
  if (mode === 'wrap') return ((place % size) + size) % size
  if (mode !== 'reflect') throw refusal(scope, `its mode "${mode}" is not known`)
  const period = Math.max(2 * (size - 1), 1)
  const inside = ((place % period) + period) % period
  return Math.min(inside, period - inside)
}

/**
 * Places that are read more than once get the sum: dX = M·dY along the axis, with M[j, k] = 1 where index k is j.
 * (ScatterElements that adds came with opset 16 and is not exact everywhere.)
 */
const Gather: Rule = onlyFirst(scope => {
  const { node, emit, I, GO } = scope
  const dims = emit.shape(I(0))
  const axis = positiveAxis(intAttribute(node, 'axis', 0), dims.length)
  const size = dims[axis] ?? 1
  const [, index] = emit.scopeOf(node).inputs
  const count = sizeOf(emit.shape(I(1)))
  const flat = emit.reshape(GO, dims.with(axis, count))
  const places = index?.content?.map(place => positivePlace(place, size))
  const [place = 0] = places ?? []
  if (places?.length === 1) return emit.pad(flat, aroundAxis(dims.length, axis, place, size - place - 1), 0)
  return emit.along(flat, axis, places ? selection(emit, size, places) : comparedSelection(scope, size, count))
})

/** The same matrix where only a run tells the index. */
function comparedSelection({ emit, I }: RuleScope, size: number, count: number): string {
  const index = emit.cast(emit.reshape(I(1), [1, count]), 'int64')
  emit.checkSize([size, count])
  const places = emit.ints(
    Array.from({ length: size }, (_, j) => j),
    [size, 1],
  )
  const fromEnd = emit.op('Sub', [places, emit.ints([size], [1, 1])])
  const met = emit.op('Or', [emit.op('Equal', [places, index]), emit.op('Equal', [fromEnd, index])])
  return emit.cast(met, emit.type)
}

/** Y_j = Σ X_i over i ≤ j: each X_i is in the sums from its place on, so dX sums dY from the other end. */
const CumSum: Rule = onlyFirst(({ node, emit, I, GO }) =>
  emit.op('CumSum', [GO, I(1)], {
    exclusive: int(intAttribute(node, 'exclusive', 0)),
    reverse: int(1 - intAttribute(node, 'reverse', 0)),
  }),
)

/** What is kept of X gets dY. */
const Trilu: Rule = onlyFirst(({ node, emit, I, GO }) =>
  emit.op('Trilu', [GO, ...(I(1) ? [I(1)] : [])], { upper: int(intAttribute(node, 'upper', 1)) }),
)

export const indexingRules = { Slice, Pad, Gather, CumSum, Trilu }
