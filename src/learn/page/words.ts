import { printNumber } from '../print'
import type { DrawnHook, DrawnTensor } from '../protocol'

/** PyTorch's name of an operator, or the sign for it. */
const NAMES: Readonly<Record<string, string>> = {
  Add: '+',
  Mul: '×',
  MatMul: 'matmul',
  ReduceMean: 'mean',
  Conv: 'Conv2d',
  Gemm: 'Linear',
  Relu: 'ReLU',
  MaxPool: 'MaxPool2d',
  AveragePool: 'AdaptiveAvgPool2d',
  GlobalAveragePool: 'AdaptiveAvgPool2d',
}

/** "13 Conv, 5 MaxPool" too. */
export const operatorName = (op: string): string => op.replaceAll(/[A-Za-z]+/g, name => NAMES[name] ?? name)

/** As rows of text: matrices row by row, the channels of feature maps side by side; of a large tensor the shape. */
export function rowsOf({ dims, data }: DrawnTensor): string[] {
  if (!data) return [`[${dims.join(', ')}]`]
  const cells = data.map(printNumber)
  const real = dims.filter((size, axis) => axis >= dims.length - 2 || size > 1)
  if (dims.length < 2 || (real.length === 2 && real[0] === 1))
    return [dims.length === 0 ? (cells[0] ?? '') : `[${cells.join(', ')}]`]
  const [height = 1, width = 1] = dims.slice(-2)
  const size = Math.max(...cells.map(cell => cell.length))
  const maps = data.length / (height * width)
  return Array.from({ length: height }, (_, y) =>
    Array.from({ length: maps }, (_, map) => {
      const from = (map * height + y) * width
      return cells
        .slice(from, from + width)
        .map(cell => cell.padStart(size))
        .join(' ')
    }).join('   '),
  )
}

export const sameNumbers = (a: DrawnTensor | null, b: DrawnTensor | null): boolean =>
  a?.dims.join() === b?.dims.join() && (a?.data?.every((value, i) => Object.is(value, b?.data?.[i])) ?? true)

const KINDS = {
  'forward-pre': 'forward pre-hook',
  forward: 'forward hook',
  backward: 'backward hook',
  gradient: 'gradient hook',
} as const satisfies Record<DrawnHook['kind'], string>

export const hookName = ({ kind, point }: DrawnHook): string =>
  `${KINDS[kind]} on ${point === '' ? 'the network' : point}`

/** The effect of a hook in the last run. */
export function hookEffect({ off, calls, changed, before, after, removed }: DrawnHook): string {
  if (off) return 'off'
  const end = removed ? ', then removed' : ''
  if (calls === 0) return `not called${end}`
  const times = calls > 1 ? `, ${calls} calls` : ''
  if (!changed) return `reads${before?.data ? ` ${short(before)}` : ''}${times}${end}`
  return `changes${before?.data && after?.data ? ` ${short(before)} → ${short(after)}` : ''}${times}${end}`
}

/** On one line, or the shape. */
export function short(tensor: DrawnTensor): string {
  const rows = rowsOf(tensor)
  return rows.length === 1 && (rows[0]?.length ?? 0) <= 28 ? (rows[0] ?? '') : `[${tensor.dims.join(', ')}]`
}
