import { commonShape, sizeOf } from '../../support/reference/array'
import { number, text } from '../../support/reference/operator'
import { input, type Operator, transpose } from '../operator'
import { places, spread, type Tape, type Value } from '../tape'
import { add, multiply, scale } from './elementwise'

/** numpy's matmul. */
export function matmul(tape: Tape, first: Value, second: Value): Value {
  const a = first.dims.length === 1 ? tape.reshape(first, [1, ...first.dims]) : first
  const b = second.dims.length === 1 ? tape.reshape(second, [...second.dims, 1]) : second
  const [m = 1, k = 1] = a.dims.slice(-2)
  const n = b.dims.at(-1) ?? 1
  const batch = commonShape(a.dims.slice(0, -2), b.dims.slice(0, -2))
  const repeated = (x: Value, rows: number, columns: number) => {
    const dims = [...batch, rows, columns]
    return tape.pick(x, [sizeOf(batch), rows, columns], spread(x.dims, dims))
  }
  const product = tape.product(repeated(a, m, k), repeated(b, k, n))
  const dims = [...batch, ...(first.dims.length > 1 ? [m] : []), ...(second.dims.length > 1 ? [n] : [])]
  return tape.reshape(product, dims)
}

export const MatMul: Operator = scope => matmul(scope.tape, input(scope, 0), input(scope, 1))

export const Gemm: Operator = scope => {
  const { tape, node } = scope
  const [a, b, c] = [input(scope, 0), input(scope, 1), scope.inputs[2]]
  const turned = (x: Value, name: string) => (number(node, name, 0) ? transpose(tape, x, [1, 0]) : x)
  const y = scale(tape, matmul(tape, turned(a, 'transA'), turned(b, 'transB')), number(node, 'alpha', 1))
  return c ? add(tape, y, scale(tape, c, number(node, 'beta', 1))) : y
}

/** Every operand is laid out over all letters, they are multiplied, and the letters that are not asked for summed. */
export const Einsum: Operator = scope => {
  const { tape, node } = scope
  const [left = '', written] = text(node, 'equation', '').replaceAll(' ', '').split('->')
  const single = [...left].filter(letter => /[a-z]/i.test(letter) && left.split(letter).length === 2)
  const dots = left
    .split(',')
    .map((term, i) => (term.includes('...') ? input(scope, i).dims.length - term.length + 3 : 0))
  const spelled = (term: string, count: number) => [...term.replace('...', '0123'.slice(4 - count))]
  const operands = left.split(',').map((term, i) => diagonal(tape, input(scope, i), spelled(term, dots[i] ?? 0)))
  const terms = operands.map(({ letters }) => letters)
  const right = spelled(written ?? single.sort().join(''), Math.max(...dots))
  const letters = [...new Set([...right, ...terms.flat()])]
  const whole = operands
    .map(({ x, letters: term }) => {
      const present = letters.filter(letter => term.includes(letter))
      const turned = transpose(
        tape,
        x,
        present.map(letter => term.indexOf(letter)),
      )
      return tape.reshape(
        turned,
        letters.map(letter => (present.includes(letter) ? (x.dims[term.indexOf(letter)] ?? 1) : 1)),
      )
    })
    .reduce((a, b) => multiply(tape, a, b))
  const summed = tape.sum(
    whole,
    letters.map((_, i) => i).filter(i => i >= right.length),
  )
  return tape.reshape(summed, summed.dims.slice(0, right.length))
}

/** Of a letter that a term has twice, the places where both axes are at the same one. */
function diagonal(tape: Tape, x: Value, term: readonly string[]): { x: Value; letters: readonly string[] } {
  const letters = [...new Set(term)]
  const dims = letters.map(letter => x.dims[term.indexOf(letter)] ?? 1)
  const strides = letters.map(letter =>
    term.reduce((sum, other, axis) => sum + (other === letter ? sizeOf(x.dims.slice(axis + 1)) : 0), 0),
  )
  return { x: tape.pick(x, dims, places(dims, strides)), letters }
}
