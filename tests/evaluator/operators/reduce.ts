import { sizeOf } from '../../support/reference/array'
import { counted, given, number } from '../../support/reference/operator'
import { along, input, type Operator, type Scope, transpose } from '../operator'
import { places, type Tape, type Value } from '../tape'
import { divide, multiply, scale, subtract } from './elementwise'
import { powered, rooted } from './windows'

const reduce =
  (step: (tape: Tape, x: Value, axes: readonly number[]) => Value): Operator =>
  scope => {
    const x = input(scope, 0)
    const named = given(scope, 'axes', 1)
    if (!named?.length && number(scope.node, 'noop_with_empty_axes', 0) === 1) return scope.tape.reshape(x, x.dims)
    const axes = named?.length ? named.map(axis => counted(axis, x.dims.length)) : x.dims.map((_, axis) => axis)
    const kept = step(scope.tape, x, axes)
    if (number(scope.node, 'keepdims', 1) === 1) return kept
    return scope.tape.reshape(
      kept,
      kept.dims.filter((_, axis) => !axes.includes(axis)),
    )
  }

const countOf = (x: Value, axes: readonly number[]): number => sizeOf(axes.map(axis => x.dims[axis] ?? 1))

export const mean = (tape: Tape, x: Value, axes: readonly number[]): Value =>
  scale(tape, tape.sum(x, axes), 1 / countOf(x, axes))

const exp = (tape: Tape, x: Value): Value => tape.unary(x, Math.exp, (_, y) => y)
const log = (tape: Tape, x: Value): Value => tape.unary(x, Math.log, value => 1 / value)

/** Lines of what is reduced, as rows: [rest, reduced]. */
function lines(x: Value, axes: readonly number[]): { readonly rows: Int32Array; readonly dims: readonly number[] } {
  const steps = x.dims.map((_, axis) => sizeOf(x.dims.slice(axis + 1)))
  const rest = x.dims.map((_, axis) => axis).filter(axis => !axes.includes(axis))
  const order = [...rest, ...axes.toSorted((a, b) => a - b)]
  const rows = places(
    order.map(axis => x.dims[axis] ?? 1),
    order.map(axis => steps[axis] ?? 0),
  )
  return { rows, dims: x.dims.map((size, axis) => (axes.includes(axis) ? 1 : size)) }
}

/** The first largest, or smallest, of each line. */
const extreme =
  (sign: 1 | -1) =>
  (tape: Tape, x: Value, axes: readonly number[]): Value => {
    const { rows, dims } = lines(x, axes)
    const length = countOf(x, axes)
    const size = x.data.reduce((max, value) => Math.max(max, Math.abs(value)), 0)
    const best = Array.from({ length: sizeOf(dims) }, (_, i) => {
      const row = [...rows.subarray(i * length, (i + 1) * length)]
      const sorted = row.toSorted((a, b) => sign * ((x.data[b] as number) - (x.data[a] as number)))
      const [first = 0, second] = sorted
      if (second !== undefined) tape.edge((x.data[first] as number) - (x.data[second] as number), size)
      return first
    })
    return tape.pick(x, dims, best)
  }

/** log Σ eˣ, the largest taken out. */
const logSumExp = (tape: Tape, x: Value, axes: readonly number[]): Value => {
  const top = topOf(tape, x, axes)
  const sum = tape.sum(exp(tape, subtract(tape, x, top)), axes)
  return tape.binary(
    log(tape, sum),
    top,
    (a, b) => a + b,
    () => 1,
    () => 0,
  )
}

export const ReduceSum = reduce((tape, x, axes) => tape.sum(x, axes))
export const ReduceMean = reduce(mean)
export const ReduceMax = reduce(extreme(1))
export const ReduceMin = reduce(extreme(-1))
export const ReduceL1 = reduce((tape, x, axes) => tape.sum(powered(tape, x, 1), axes))
export const ReduceL2 = reduce((tape, x, axes) => rooted(tape, tape.sum(multiply(tape, x, x), axes), 2))
export const ReduceSumSquare = reduce((tape, x, axes) => tape.sum(multiply(tape, x, x), axes))
export const ReduceLogSum = reduce((tape, x, axes) => log(tape, tape.sum(x, axes)))
export const ReduceLogSumExp = reduce(logSumExp)
/** Line after line times the next. */
export const ReduceProd = reduce((tape, x, axes) => {
  const { rows, dims } = lines(x, axes)
  const length = countOf(x, axes)
  const column = (k: number) =>
    tape.pick(
      x,
      dims,
      Array.from({ length: sizeOf(dims) }, (_, i) => rows[i * length + k] as number),
    )
  return Array.from({ length }, (_, k) => column(k)).reduce((a, b) => multiply(tape, a, b))
})

/** Since opset 13 along `axis`, the last by default; before it over all axes from `axis` on, 1 by default. */
function softmaxAxes({ node, opset }: Scope, x: Value): number[] {
  const axis = counted(number(node, 'axis', opset >= 13 ? -1 : 1), x.dims.length)
  return opset >= 13 ? [axis] : x.dims.map((_, i) => i).filter(i => i >= axis)
}

export const softmax = (tape: Tape, x: Value, axes: readonly number[]): Value => {
  const powers = exp(tape, subtract(tape, x, topOf(tape, x, axes)))
  return divide(tape, powers, tape.sum(powers, axes))
}

/** The largest of each line, as a constant. */
function topOf(tape: Tape, x: Value, axes: readonly number[]): Value {
  const { rows, dims } = lines(x, axes)
  const length = countOf(x, axes)
  const top = Array.from({ length: sizeOf(dims) }, (_, i) =>
    rows.subarray(i * length, (i + 1) * length).reduce((max, place) => Math.max(max, x.data[place] as number), -1e300),
  )
  return tape.leaf(dims, top)
}

export const Softmax: Operator = scope => softmax(scope.tape, input(scope, 0), softmaxAxes(scope, input(scope, 0)))
export const LogSoftmax: Operator = scope => {
  const x = input(scope, 0)
  return subtract(scope.tape, x, logSumExp(scope.tape, x, softmaxAxes(scope, x)))
}

/** The sum of what comes before along one axis: with itself, unless `exclusive`; from behind, if `reverse`. */
export const CumSum: Operator = scope => {
  const x = input(scope, 0)
  const axis = counted(input(scope, 1).data[0] ?? 0, x.dims.length)
  const size = x.dims[axis] ?? 1
  const [exclusive, reverse] = [number(scope.node, 'exclusive', 0), number(scope.node, 'reverse', 0)]
  const matrix = Array.from({ length: size }, (_, i) =>
    Array.from({ length: size }, (_, j) => {
      const before = reverse ? j - i : i - j
      return Number(exclusive ? before > 0 : before >= 0)
    }),
  )
  return along(scope.tape, x, axis, matrix)
}

/** Values and places of the k largest, largest first. */
export const TopK: Operator = scope => {
  const { tape, node } = scope
  const x = input(scope, 0)
  const axis = counted(number(node, 'axis', -1), x.dims.length)
  const k = scope.opset < 10 ? number(node, 'k', 1) : (input(scope, 1).data[0] ?? 1)
  const sign = number(node, 'largest', 1) ? 1 : -1
  const last = [...x.dims.map((_, i) => i).filter(i => i !== axis), axis]
  const { rows } = lines(x, [axis])
  const length = x.dims[axis] ?? 1
  const size = x.data.reduce((max, value) => Math.max(max, Math.abs(value)), 0)
  const [from, index]: [number[], number[]] = [[], []]
  for (let row = 0; row < rows.length / length; row++) {
    const line = [...rows.subarray(row * length, (row + 1) * length)]
    const order = line.map((_, i) => i)
    const value = (i: number) => x.data[line[i] ?? 0] as number
    order.sort((a, b) => sign * (value(b) - value(a)) || a - b)
    for (let i = 1; i <= Math.min(k, order.length - 1); i++)
      tape.edge(value(order[i - 1] ?? 0) - value(order[i] ?? 0), size)
    for (const i of order.slice(0, k)) {
      from.push(line[i] ?? 0)
      index.push(i)
    }
  }
  const dims = last.map(i => (i === axis ? k : (x.dims[i] ?? 1)))
  const back = last.map((_, i) => last.indexOf(i))
  return [transpose(tape, tape.pick(x, dims, from), back), transpose(tape, tape.leaf(dims, index, true), back)]
}
