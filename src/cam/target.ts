import type { Signed } from '../analysis/activation'
import type { Row } from '../analysis/row'
import { HookscopeError } from '../errors'

/** What is explained: a sum of logits, each taken or held against. A class is one term; the absence of a class too. */
export type Target = readonly Signed[]

/** @throws HookscopeError `unknown-class` */
export function classTarget(classes: readonly Signed[], index: number): Target {
  const term = classes[index]
  if (term) return [term]
  throw new HookscopeError(
    'unknown-class',
    `There is no class ${index}. The network has ${classes.length} classes: 0 to ${classes.length - 1}.`,
  )
}

/**
 * d target / d logits: the gradient that a backward pass starts from.
 *
 * @param size numbers in the value that holds the logits
 */
export function seedOf(target: Target, { stride }: Pick<Row, 'stride'>, size: number): Float32Array {
  const seed = new Float32Array(size)
  for (const { index, sign } of target) seed[index * stride] = (seed[index * stride] ?? 0) + sign
  return seed
}
