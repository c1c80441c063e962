import { einsumOf } from '../../graph/einsum'
import type { Attribute } from '../../graph/types'
import { type Rule, type RuleScope, refusal } from '../rule'

interface Factor {
  readonly letters: readonly string[]
  readonly value: string
}

/**
 * Y = Σ Π X_i over the letters that Y lacks: dX_i is the product of dY and the other operands, summed over the letters
 * that X_i lacks. A letter of X_i alone was summed over plainly: its gradient is the same all along that axis.
 */
const Einsum: Rule = scope => {
  const { node, emit, I, wants } = scope
  const ranks = node.inputs.map((_, i) => emit.shape(I(i)).length)
  const equation = einsumOf(node, ranks)
  if (!equation || new Set(equation.result).size < equation.result.length)
    throw refusal(scope, 'its equation does not fit its inputs')
  const { operands, result } = equation
  const identities: Factor[] = []
  const factors = operands.map((letters, i) => apart(scope, { letters, value: I(i) }, identities))
  return node.inputs.map((_, i) => (wants(i) ? operandGradient(scope, factors, identities, i, result) : null))
}

/** Of a letter that one operand has twice, ii, the second becomes another letter: X_ii is Σ_j X_ij·1_ij, 1 the identity. */
function apart(scope: RuleScope, { letters, value }: Factor, identities: Factor[]): Factor {
  const { emit } = scope
  const dims = emit.shape(value)
  const renamed = letters.map((letter, axis) => {
    const first = letters.indexOf(letter)
    if (first === axis) return letter
    const size = dims[axis] ?? 1
    if (dims[first] !== size) throw refusal(scope, 'its equation does not fit its inputs')
    const other = `${letter}, ${identities.length}`
    const ones = emit.room([size, size])
    for (let i = 0; i < size; i++) ones[i * size + i] = 1
    identities.push({ letters: [letter, other], value: emit.floats([size, size], ones) })
    return other
  })
  return { letters: renamed, value }
}

function operandGradient(
  { emit, I, GO }: RuleScope,
  operands: readonly Factor[],
  identities: readonly Factor[],
  wanted: number,
  result: readonly string[],
): string {
  const factors = [{ letters: result, value: GO }, ...operands.filter((_, i) => i !== wanted), ...identities]
  const own = operands[wanted]?.letters ?? []
  const found = own.filter(letter => factors.some(({ letters }) => letters.includes(letter)))
  const all = [...operands, ...factors].flatMap(({ letters }) => letters)
  const names = new Map([...new Set(all)].map((letter, i) => [letter, LETTERS[i] ?? 'z']))
  const term = (letters: readonly string[]) => letters.map(letter => names.get(letter)).join('')
  const value = `${factors.map(({ letters }) => term(letters)).join(',')}->${term(found)}`
  const equation: Attribute = { kind: 'string', value }
  const product = emit.op(
    'Einsum',
    factors.map(factor => factor.value),
    { equation },
  )
  const dims = emit.shape(I(wanted))
  const sizes = emit.shape(product)
  return emit.reshape(
    product,
    dims.map((_, axis) => {
      const place = found.indexOf(own[axis] ?? '')
      return place < 0 ? 1 : (sizes[place] ?? 1)
    }),
  )
}

/** Every axis gets a letter of its own, also those of an ellipsis. */
const LETTERS = [...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ']

export const einsumRules = { Einsum }
