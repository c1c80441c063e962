import { cut, wordsOf } from '../cut'
import type { Tensor } from '../hookscope'
import { LIMITS } from './limits'

/** Values of which more are shortened. */
const MOST = 256

/** One number as torch prints it: up to four digits behind the point. */
export function printNumber(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e6) return String(value)
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf'
  const size = Math.abs(value)
  return size >= 1e5 || size < 1e-3 ? value.toExponential(3) : String(Number(value.toPrecision(5)))
}

/** A tensor as torch prints it: rows in brackets; a large one by its shape and range. */
function printTensor({ dims, data }: Tensor): string {
  if (data.length > MOST) {
    const low = data.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY)
    const high = data.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY)
    return `[${dims.join(', ')}], from ${printNumber(low)} to ${printNumber(high)}`
  }
  return rows(dims, [...data].map(printNumber), 0)
}

function rows(dims: readonly number[], cells: readonly string[], depth: number): string {
  const [size, ...inner] = dims
  if (size === undefined) return cells[0] ?? ''
  if (inner.length === 0) return `[${cells.join(', ')}]`
  const length = cells.length / Math.max(1, size)
  const parts = Array.from({ length: size }, (_, i) =>
    rows(inner, cells.slice(i * length, (i + 1) * length), depth + 1),
  )
  const gap = '\n'.repeat(inner.length)
  return `[${parts.join(`,${gap}${' '.repeat(depth + 1)}`)}]`
}

/** Anything that code may show. */
export function print(value: unknown): string {
  if (isTensor(value)) return printTensor(value)
  if (typeof value === 'number') return printNumber(value)
  if (typeof value === 'string') return value
  if (ArrayBuffer.isView(value) && !(value instanceof DataView))
    return print(Array.prototype.slice.call(value, 0, MOST + 1))
  if (Array.isArray(value)) return `[${value.slice(0, MOST).map(part).join(', ')}${value.length > MOST ? ', …' : ''}]`
  if (value instanceof Error) return wordsOf(value.message)
  if (typeof value === 'object' && value !== null) return JSON.stringify(value) ?? String(value)
  return String(value)
}

/** One of many: none alone takes more room than a text may. */
const part = (value: unknown): string => cut(print(value), LIMITS.text)

function isTensor(value: unknown): value is Tensor {
  return (
    typeof value === 'object' &&
    value !== null &&
    'dims' in value &&
    Array.isArray(value.dims) &&
    'data' in value &&
    value.data instanceof Float32Array
  )
}
