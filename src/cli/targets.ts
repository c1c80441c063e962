import { findClass, type Labels } from '../catalog/labels'
import { top } from '../catalog/predictions'
import type { Run } from '../engine/run'
import { HookscopeError } from '../errors'

/**
 * The class that is meant by an index, a label, or `top1` to `top5` and `bottom1` (the least likely) of what the
 * network says of a picture.
 * @throws HookscopeError 'unknown-class'
 */
export function resolveTarget(
  asked: string,
  labels: Labels,
  { logits, probabilities }: Pick<Run, 'logits' | 'probabilities'>,
): number {
  if (/^bottom1$/i.test(asked.trim())) return top(probabilities, logits.length, logits).at(-1)?.index ?? 0
  const rank = /^top([1-5])$/i.exec(asked.trim())?.[1]
  if (!rank) return findClass(labels, asked)
  const best = top(probabilities, Number(rank), logits)
  const last = best[Number(rank) - 1]
  if (last) return last.index
  throw new HookscopeError('unknown-class', `There is no ${asked}: this network has only ${logits.length} classes.`)
}
