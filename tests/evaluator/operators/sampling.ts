import { sizeOf } from '../../support/reference/array'
import { list, number } from '../../support/reference/operator'
import { input, type Operator } from '../operator'
import { places, type Tape, type Value } from '../tape'
import { add, multiply, scale } from './elementwise'
import { matmul } from './linear'

/** scale·x, and a bias for each channel. */
export const ImageScaler: Operator = scope => {
  const { tape, node } = scope
  const bias = list(node, 'bias') ?? []
  return add(tape, scale(tape, input(scope, 0), number(node, 'scale', 1)), tape.leaf([1, bias.length, 1, 1], bias))
}

/** x [1, C, H, W] between its places, 0 outside: [C, P] for P points (row, column). */
function between(tape: Tape, x: Value, points: readonly (readonly [number, number])[]): Value {
  const [, channels = 1, height = 1, width = 1] = x.dims
  const corner = (down: number, right: number): Value => {
    const at = points.map(([y, x]) => [Math.floor(y) + down, Math.floor(x) + right] as const)
    const inside = at.map(([row, column]) => row >= 0 && row < height && column >= 0 && column < width)
    const from = Array.from({ length: channels }, (_, c) =>
      at.map(([row, column], p) => (inside[p] ? (c * height + row) * width + column : -1)),
    ).flat()
    const share = points.map(([y, x], p) => {
      const [row = 0, column = 0] = at[p] ?? []
      return (1 - Math.abs(y - row)) * (1 - Math.abs(x - column))
    })
    return multiply(tape, tape.pick(x, [channels, points.length], from), tape.leaf([1, points.length], share))
  }
  return add(tape, add(tape, corner(0, 0), corner(0, 1)), add(tape, corner(1, 0), corner(1, 1)))
}

/** Bilinear, 0 outside, −1 and 1 the outer edges of the corner places; the grid is a constant. */
export const GridSample: Operator = scope => {
  const [x, grid] = [input(scope, 0), input(scope, 1)]
  const [, channels = 1, height = 1, width = 1] = x.dims
  const [, rows = 1, columns = 1] = grid.dims
  const points = Array.from({ length: rows * columns }, (_, p) => {
    const [right = 0, down = 0] = grid.data.subarray(2 * p, 2 * p + 2)
    return [((down + 1) * height - 1) / 2, ((right + 1) * width - 1) / 2] as const
  })
  return scope.tape.reshape(between(scope.tape, x, points), [1, channels, rows, columns])
}

/** A convolution of stride 1 whose every place reads beside its usual one, by offsets (down, right). */
export const DeformConv: Operator = scope => {
  const { tape, node } = scope
  const [x, w, offset] = [input(scope, 0), input(scope, 1), input(scope, 2)]
  const [filters = 1, channels = 1, high = 1, wide = 1] = w.dims
  const [, , rows = 1, columns = 1] = offset.dims
  const [top = 0, left = 0] = list(node, 'pads') ?? []
  const plane = rows * columns
  const points = Array.from({ length: high * wide * plane }, (_, at) => {
    const [entry, place] = [Math.floor(at / plane), at % plane]
    const [row, column] = [Math.floor(place / columns), place % columns]
    return [
      row - top + Math.floor(entry / wide) + (offset.data[2 * entry * plane + place] ?? 0),
      column - left + (entry % wide) + (offset.data[(2 * entry + 1) * plane + place] ?? 0),
    ] as const
  })
  const windows = tape.reshape(between(tape, x, points), [channels * high * wide, plane])
  return tape.reshape(matmul(tape, tape.reshape(w, [filters, channels * high * wide]), windows), [
    ...[1, filters, rows, columns],
  ])
}

/** Blocks of one picture, [1, C·h·w, L], added up where they lie, without padding or dilation. */
export const Col2Im: Operator = scope => {
  const { tape, node } = scope
  const [x, [height = 1, width = 1], [high = 1, wide = 1]] = [
    ...[input(scope, 0)],
    ...[1, 2].map(i => [...input(scope, i).data]),
  ] as [Value, number[], number[]]
  const [down = 1, right = 1] = list(node, 'strides') ?? []
  const [rows, columns] = [Math.floor((height - high) / down) + 1, Math.floor((width - wide) / right) + 1]
  const blocks = sizeOf([high, wide])
  const channels = (x.dims[1] ?? 1) / blocks
  const entry = (at: number): Value => {
    const from = places([channels, height, width], [blocks * rows * columns, 0, 0]).map((start, flat) => {
      const y = Math.floor((flat % (height * width)) / width) - Math.floor(at / wide)
      const x = (flat % width) - (at % wide)
      const [row, column] = [y / down, x / right]
      const is = [row, column].every(Number.isInteger) && row >= 0 && row < rows && column >= 0 && column < columns
      return is ? start + at * rows * columns + row * columns + column : -1
    })
    return tape.pick(x, [1, channels, height, width], from)
  }
  return Array.from({ length: blocks }, (_, at) => entry(at)).reduce((a, b) => add(tape, a, b))
}
