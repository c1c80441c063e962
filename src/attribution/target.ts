import { opposite, type Signed } from '../analysis/activation'
import type { Row } from '../analysis/row'
import { HookscopeError } from '../errors'

/**
 * The number that is explained, as data that travels: a class's logit, what it has more of than another's, or what speaks
 * against it, its negative.
 */
export type Target =
  | { readonly class: number }
  | { readonly class: number; readonly against: number }
  | { readonly absent: number }

/** Equal for equal targets alone. */
export function keyOf(target: Target): string {
  if ('absent' in target) return `absent ${target.absent}`
  return 'against' in target ? `${target.class} against ${target.against}` : `${target.class}`
}

export const sameTarget = (a: Target, b: Target): boolean => keyOf(a) === keyOf(b)

/** The class that a target is about. */
export const classOf = (target: Target): number => ('absent' in target ? target.absent : target.class)

/** For captions, files and sentences: `tabby`, `tabby against tiger cat`, `absence of tabby`. */
export function sayTarget(target: Target, labelOf: (index: number) => string): string {
  if ('absent' in target) return `absence of ${labelOf(target.absent)}`
  return 'against' in target ? `${labelOf(target.class)} against ${labelOf(target.against)}` : labelOf(target.class)
}

/**
 * The logits that a target is the sum of, each taken or held against.
 *
 * @param classes which logit each class is, with its sign
 * @throws HookscopeError `unknown-class`; `bad-argument` for a class against itself
 */
export function termsOf(target: Target, classes: readonly Signed[]): readonly Signed[] {
  const term = (index: number): Signed => {
    const found = classes[index]
    if (found) return found
    throw new HookscopeError(
      'unknown-class',
      `There is no class ${index}. The network has ${classes.length} classes: 0 to ${classes.length - 1}.`,
    )
  }
  if ('absent' in target) return [opposite(term(target.absent))]
  if (!('against' in target)) return [term(target.class)]
  const terms = [term(target.class), opposite(term(target.against))]
  if (target.class !== target.against) return terms
  throw new HookscopeError(
    'bad-argument',
    `Class ${target.class} against itself is 0. Name another class to hold against it.`,
  )
}

/** @param logits one a class, with their signs */
export function scoreOf(target: Target, logits: Float32Array): number {
  const logit = (index: number) => logits[index] ?? Number.NaN
  if ('absent' in target) return -logit(target.absent)
  return logit(target.class) - ('against' in target ? logit(target.against) : 0)
}

/**
 * d target / d logits: the gradient that a backward pass starts from.
 *
 * @param size numbers in the value that holds the logits
 */
export function seedOf(terms: readonly Signed[], { stride }: Pick<Row, 'stride'>, size: number): Float32Array {
  const seed = new Float32Array(size)
  for (const { index, sign } of terms) seed[index * stride] = (seed[index * stride] ?? 0) + sign
  return seed
}
