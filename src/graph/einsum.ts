import { stringAttribute } from './attributes'
import type { Node } from './types'

/** An Einsum's equation with a letter for every axis, `0`, `1`, … counted from the right for those of an ellipsis. */
export interface Equation {
  readonly operands: readonly (readonly string[])[]
  readonly result: readonly string[]
}

/**
 * @param ranks of the operands
 * @returns undefined where the equation does not fit them
 */
export function einsumOf(node: Node, ranks: readonly number[]): Equation | undefined {
  const [left = '', right] = stringAttribute(node, 'equation', '').replaceAll(' ', '').split('->')
  const terms = left.split(',')
  if (terms.length !== ranks.length) return undefined
  const hidden = terms.map((term, i) => (term.includes('...') ? (ranks[i] ?? 0) - term.length + 3 : 0))
  const repeated = Math.max(...hidden)
  if (repeated < 0 || repeated > 9) return undefined
  const lettersOf = (term: string, count: number): string[] => {
    const [before = '', after = ''] = term.split('...')
    const ellipsis = term.includes('...') ? Array.from({ length: count }, (_, i) => String(count - 1 - i)) : []
    return [...before, ...ellipsis, ...after]
  }
  const operands = terms.map((term, i) => lettersOf(term, hidden[i] ?? 0))
  if (operands.some((letters, i) => letters.length !== ranks[i])) return undefined
  const all = operands.flat()
  const once = [...new Set(all)].filter(
    letter => /[a-z]/i.test(letter) && all.indexOf(letter) === all.lastIndexOf(letter),
  )
  const implicit = [...lettersOf('...', repeated), ...once.sort()]
  return { operands, result: right === undefined ? implicit : lettersOf(right, repeated) }
}
