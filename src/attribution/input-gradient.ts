import type { GradientKind } from '../grad/rules/gated'
import { momentum } from './evidence'
import type { Context, InputValues, NetworkFacts } from './method'
import type { Target } from './target'

/** The gradient of a target with respect to the input, with what ReLUs hold back of it. */
export async function inputGradient(context: Context, target: Target, kind: GradientKind): Promise<InputValues> {
  const values = await context.inputGradient(target, kind)
  return { values, evidence: { linear: values, left: 1, momentum: momentum(values, await context.input()) } }
}

/**
 * The remark of a method that acts at ReLUs, for a network without one.
 *
 * @param plain what it is there
 */
export function withoutReLU({ rectifiers }: NetworkFacts, label: string, plain: string): string | null {
  if (rectifiers > 0) return null
  return `No ReLU stands between the input and the classes of this network, so ${label} is ${plain}.`
}

/** Of guided backpropagation and what is made of it. */
export const SANITY = 'Adebayo et al. 2018, Sanity Checks for Saliency Maps'
