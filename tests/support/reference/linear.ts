import { at, commonShape, mapIndex, type NdArray, ndArray, sumOver } from './array'
import { input, number, type Operator } from './operator'

export const Gemm: Operator = ({ node, inputs }) => {
  const [a, b, c] = [input(inputs, 0), input(inputs, 1), inputs[2]]
  const [transA, transB] = [number(node, 'transA', 0), number(node, 'transB', 0)]
  const rows = a.dims[transA ? 1 : 0] ?? 0
  const depth = a.dims[transA ? 0 : 1] ?? 0
  const columns = b.dims[transB ? 0 : 1] ?? 0
  return mapIndex([rows, columns], ([i = 0, j = 0]) => {
    const product = sumOver([depth], ([k = 0]) => at(a, transA ? [k, i] : [i, k]) * at(b, transB ? [j, k] : [k, j]))
    return number(node, 'alpha', 1) * product + (c ? number(node, 'beta', 1) * at(c, [i, j]) : 0)
  })
}

export const MatMul: Operator = ({ inputs }) => {
  const [first, second] = [input(inputs, 0), input(inputs, 1)]
  const a: NdArray = first.dims.length === 1 ? ndArray([1, ...first.dims], first.data) : first
  const b: NdArray = second.dims.length === 1 ? ndArray([...second.dims, 1], second.data) : second
  const depth = a.dims.at(-1) ?? 0
  const batch = commonShape(a.dims.slice(0, -2), b.dims.slice(0, -2))
  const product = mapIndex([...batch, a.dims.at(-2) ?? 0, b.dims.at(-1) ?? 0], index => {
    const outer = index.slice(0, -2)
    const [i = 0, j = 0] = index.slice(-2)
    return sumOver([depth], ([k = 0]) => at(a, [...outer, i, k]) * at(b, [...outer, k, j]))
  })
  const dims = [...batch]
  if (first.dims.length > 1) dims.push(product.dims.at(-2) ?? 0)
  if (second.dims.length > 1) dims.push(product.dims.at(-1) ?? 0)
  return ndArray(dims, product.data)
}

/** At inference: the stored mean and variance of each channel. */
export const BatchNormalization: Operator = ({ node, inputs }) => {
  const x = input(inputs, 0)
  const [scale, bias, mean, variance] = [1, 2, 3, 4].map(i => input(inputs, i).data)
  return mapIndex(x.dims, index => {
    const c = index[1] ?? 0
    const deviation = Math.sqrt((variance?.[c] ?? 0) + number(node, 'epsilon', 1e-5))
    return ((scale?.[c] ?? 0) * (at(x, index) - (mean?.[c] ?? 0))) / deviation + (bias?.[c] ?? 0)
  })
}

/** Since opset 13 along `axis`, the last by default; before it over all axes from `axis` on, 1 by default. */
export const Softmax: Operator = ({ node, opset, inputs }) => {
  const x = input(inputs, 0)
  const rank = x.dims.length
  const written = number(node, 'axis', opset >= 13 ? -1 : 1)
  const axis = written < 0 ? written + rank : written
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
    return Math.exp(at(x, index)) / total
  })
}
