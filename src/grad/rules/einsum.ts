import { type Equation, einsumOf } from '../../graph/einsum'
import type { Attribute } from '../../graph/types'
import { type Rule, type RuleScope, refusal } from '../rule'

/**
 * Y = Σ Π X_i over the letters that Y lacks: dX_i is the product of dY and the other operands, summed over the letters
 * that X_i lacks. A letter of X_i alone was summed over plainly: its gradient is the same all along that axis.
 */
const Einsum: Rule = scope => {
  const { node, emit, I, wants } = scope
  const ranks = node.inputs.map((_, i) => emit.shape(I(i)).length)
  const equation = einsumOf(node, ranks)
  if (!equation) throw refusal(scope, 'its equation does not fit its inputs')
  if ([...equation.operands, equation.result].some(letters => new Set(letters).size < letters.length))
    throw refusal(scope, 'an index that is repeated in one operand has no rule')
  return node.inputs.map((_, i) => (wants(i) ? operandGradient(scope, equation, i) : null))
}

function operandGradient({ emit, I, GO }: RuleScope, { operands, result }: Equation, wanted: number): string {
  const others = operands.flatMap((letters, i) => (i === wanted ? [] : [{ letters, value: I(i) }]))
  const factors = [{ letters: result, value: GO }, ...others]
  const own = operands[wanted] ?? []
  const found = own.filter(letter => factors.some(({ letters }) => letters.includes(letter)))
  const names = new Map([...new Set([...operands.flat(), ...result])].map((letter, i) => [letter, LETTERS[i] ?? 'z']))
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
