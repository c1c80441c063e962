import { at, mapIndex, type NdArray, sumOver } from './array'
import { counted, input, list, number, type Operator } from './operator'

/** The stored mean and variance of each channel or place, or those of the batch in a file for training. */
export const BatchNormalization: Operator = ({ node, opset, inputs }) => {
  const x = input(inputs, 0)
  if (opset < 14 ? node.outputs.length === 5 : number(node, 'training_mode', 0) === 1) {
    const hat = standardized(x, number(node, 'epsilon', 1e-5), index => ({
      start: index.map((place, axis) => (axis === 1 ? place : 0)),
      size: x.dims.map((n, axis) => (axis === 1 ? 1 : n)),
    }))
    return mapIndex(x.dims, index => {
      const [c = 0] = index.slice(1)
      return (input(inputs, 1).data[c] ?? 0) * at(hat, index) + (input(inputs, 2).data[c] ?? 0)
    })
  }
  if (number(node, 'spatial', 1) === 0)
    return mapIndex(x.dims, index => {
      const [scale, bias, mean, variance] = [1, 2, 3, 4].map(i => at(input(inputs, i), index.slice(1)))
      return (
        ((scale ?? 0) * (at(x, index) - (mean ?? 0))) / Math.sqrt((variance ?? 0) + number(node, 'epsilon', 1e-5)) +
        (bias ?? 0)
      )
    })
  const [scale, bias, mean, variance] = [1, 2, 3, 4].map(i => input(inputs, i).data)
  return mapIndex(x.dims, index => {
    const c = index[1] ?? 0
    const deviation = Math.sqrt((variance?.[c] ?? 0) + number(node, 'epsilon', 1e-5))
    return ((scale?.[c] ?? 0) * (at(x, index) - (mean?.[c] ?? 0))) / deviation + (bias?.[c] ?? 0)
  })
}

/** (x − mean)/√(var + ε) of every element over those that `block` gives, as offsets from an index, for its own. */
function standardized(
  x: NdArray,
  epsilon: number,
  block: (index: readonly number[]) => { start: readonly number[]; size: readonly number[] },
): NdArray {
  const found = new Map<string, readonly [mean: number, deviation: number]>()
  return mapIndex(x.dims, index => {
    const { start, size } = block(index)
    const key = start.join()
    const read = (offset: readonly number[]) =>
      at(
        x,
        start.map((place, axis) => place + (offset[axis] ?? 0)),
      )
    const count = size.reduce((product, n) => product * n, 1)
    const fresh = () => {
      const mean = sumOver(size, read) / count
      const variance = sumOver(size, offset => (read(offset) - mean) ** 2) / count
      return [mean, Math.sqrt(variance + epsilon)] as const
    }
    const [mean, deviation] = found.get(key) ?? fresh()
    found.set(key, [mean, deviation])
    return (at(x, index) - mean) / deviation
  })
}

export const LayerNormalization: Operator = ({ node, inputs }) => {
  const [x, scale, bias] = [input(inputs, 0), input(inputs, 1), inputs[2]]
  const axis = counted(number(node, 'axis', -1), x.dims.length)
  const hat = standardized(x, number(node, 'epsilon', 1e-5), index => ({
    start: index.map((place, i) => (i < axis ? place : 0)),
    size: x.dims.map((n, i) => (i < axis ? 1 : n)),
  }))
  return mapIndex(x.dims, index => at(hat, index) * at(scale, index) + (bias ? at(bias, index) : 0))
}

export const InstanceNormalization: Operator = ({ node, inputs }) => {
  const [x, scale, bias] = [0, 1, 2].map(i => input(inputs, i))
  if (!x) throw new Error('no input')
  const hat = standardized(x, number(node, 'epsilon', 1e-5), index => ({
    start: index.map((place, i) => (i < 2 ? place : 0)),
    size: x.dims.map((n, i) => (i < 2 ? 1 : n)),
  }))
  return mapIndex(
    x.dims,
    index => at(hat, index) * (scale?.data[index[1] ?? 0] ?? 0) + (bias?.data[index[1] ?? 0] ?? 0),
  )
}

/** Scale and bias a group each in opset 18, a channel each since 21. */
export const GroupNormalization: Operator = ({ node, opset, inputs }) => {
  const [x, scale, bias] = [0, 1, 2].map(i => input(inputs, i))
  if (!x) throw new Error('no input')
  const per = (x.dims[1] ?? 1) / number(node, 'num_groups', 1)
  const hat = standardized(x, number(node, 'epsilon', 1e-5), index => ({
    start: index.map((place, i) => (i === 0 ? place : i === 1 ? Math.floor(place / per) * per : 0)),
    size: x.dims.map((n, i) => (i === 0 ? 1 : i === 1 ? per : n)),
  }))
  return mapIndex(x.dims, index => {
    const place = opset < 21 ? Math.floor((index[1] ?? 0) / per) : (index[1] ?? 0)
    return at(hat, index) * (scale?.data[place] ?? 0) + (bias?.data[place] ?? 0)
  })
}

/** The window reaches from c − ⌊(size − 1)/2⌋ to c + ⌈(size − 1)/2⌉, what of it exists. */
export const LRN: Operator = ({ node, inputs }) => {
  const x = input(inputs, 0)
  const size = number(node, 'size', 1)
  const [alpha, beta, bias] = [number(node, 'alpha', 1e-4), number(node, 'beta', 0.75), number(node, 'bias', 1)]
  return mapIndex(x.dims, index => {
    const c = index[1] ?? 0
    let squares = 0
    for (let k = c - Math.floor((size - 1) / 2); k <= c + Math.ceil((size - 1) / 2); k++)
      if (k >= 0 && k < (x.dims[1] ?? 0)) squares += at(x, index.with(1, k)) ** 2
    return at(x, index) / (bias + (alpha / size) * squares) ** beta
  })
}

export const LpNormalization: Operator = ({ node, inputs }) => {
  const x = input(inputs, 0)
  const axis = counted(number(node, 'axis', -1), x.dims.length)
  const p = number(node, 'p', 2)
  return mapIndex(x.dims, index => {
    const sum = sumOver([x.dims[axis] ?? 0], ([k = 0]) => Math.abs(at(x, index.with(axis, k))) ** p)
    return at(x, index) / sum ** (1 / p)
  })
}

export const MeanVarianceNormalization: Operator = ({ node, inputs }) => {
  const x = input(inputs, 0)
  const axes = list(node, 'axes') ?? [0, 2, 3]
  return standardized(x, 0, index => ({
    start: index.map((place, axis) => (axes.includes(axis) ? 0 : place)),
    size: x.dims.map((n, axis) => (axes.includes(axis) ? n : 1)),
  }))
}

export const RMSNormalization: Operator = ({ node, inputs }) => {
  const [x, scale] = [input(inputs, 0), input(inputs, 1)]
  const from = counted(number(node, 'axis', -1), x.dims.length)
  const inner = x.dims.slice(from)
  const count = inner.reduce((product, n) => product * n, 1)
  return mapIndex(x.dims, index => {
    const squares = sumOver(inner, rest => at(x, [...index.slice(0, from), ...rest]) ** 2)
    return (at(x, index) / Math.sqrt(squares / count + number(node, 'epsilon', 1e-5))) * at(scale, index)
  })
}

export const SimplifiedLayerNormalization = RMSNormalization
