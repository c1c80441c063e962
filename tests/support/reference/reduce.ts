import { at, mapIndex, type NdArray, ndArray, sumOver } from './array'
import { counted, given, input, number, type Operator } from './operator'

/** All values that become one, in row-major order. */
const reduce =
  (apply: (values: readonly number[]) => number): Operator =>
  scope => {
    const x = input(scope.inputs, 0)
    const named = given(scope, 'axes', 1)
    if (!named?.length && number(scope.node, 'noop_with_empty_axes', 0) === 1) return x
    const axes = named?.length ? named.map(axis => counted(axis, x.dims.length)) : x.dims.map((_, axis) => axis)
    const kept = x.dims.map((size, axis) => (axes.includes(axis) ? 1 : size))
    const inner = x.dims.map((size, axis) => (axes.includes(axis) ? size : 1))
    const result = mapIndex(kept, index => {
      const values: number[] = []
      sumOver(inner, offset => {
        values.push(
          at(
            x,
            index.map((place, axis) => place + (offset[axis] ?? 0)),
          ),
        )
        return 0
      })
      return apply(values)
    })
    if (number(scope.node, 'keepdims', 1) === 1) return result
    return ndArray(
      kept.filter((_, axis) => !axes.includes(axis)),
      result.data,
    )
  }

const sum = (values: readonly number[], of: (value: number) => number = value => value): number =>
  values.reduce((total, value) => total + of(value), 0)

export const ReduceSum = reduce(values => sum(values))
export const ReduceMean = reduce(values => sum(values) / values.length)
export const ReduceMax = reduce(values => Math.max(...values))
export const ReduceMin = reduce(values => Math.min(...values))
export const ReduceL2 = reduce(values => Math.sqrt(sum(values, value => value * value)))
export const ReduceSumSquare = reduce(values => sum(values, value => value * value))
export const ReduceLogSumExp = reduce(values => Math.log(sum(values, Math.exp)))

export const ReduceL1 = reduce(values => sum(values, Math.abs))
export const ReduceLogSum = reduce(values => Math.log(sum(values)))
export const ReduceProd = reduce(values => values.reduce((product, value) => product * value, 1))

/** The first place of the largest value along one axis. */
export const ArgMax: Operator = ({ node, inputs }) => {
  const x = input(inputs, 0)
  const axis = counted(number(node, 'axis', 0), x.dims.length)
  const kept = mapIndex(x.dims.with(axis, 1), index => {
    const values = Array.from({ length: x.dims[axis] ?? 0 }, (_, k) => at(x, index.with(axis, k)))
    return values.indexOf(Math.max(...values))
  })
  return number(node, 'keepdims', 1) === 1 ? kept : ndArray(x.dims.toSpliced(axis, 1), kept.data)
}

const softmaxOf =
  (value: (x: number, total: number) => number): Operator =>
  ({ node, opset, inputs }) => {
    const x: NdArray = input(inputs, 0)
    const rank = x.dims.length
    const axis = counted(number(node, 'axis', opset >= 13 ? -1 : 1), rank)
    const isSummed = (i: number) => (opset >= 13 ? i === axis : i >= axis)
    const summed = x.dims.map((size, i) => (isSummed(i) ? size : 1))
    return mapIndex(x.dims, index => {
      const total = sumOver(summed, other =>
        Math.exp(
          at(
            x,
            index.map((k, i) => (isSummed(i) ? (other[i] ?? 0) : k)),
          ),
        ),
      )
      return value(at(x, index), total)
    })
  }

/** Since opset 13 along `axis`, the last by default; before it over all axes from `axis` on, 1 by default. */
export const Softmax = softmaxOf((x, total) => Math.exp(x) / total)
export const LogSoftmax = softmaxOf((x, total) => x - Math.log(total))
