import { onlyFirst, type Rule } from '../rule'
import { RULES, type RuleTable } from './index'

/** Two numbers that a program is fed, float32 [1]: what an activation and a gradient have to exceed to pass a ReLU. */
export const GATES = ['gate:activation', 'gate:gradient'] as const

export type Gate = (typeof GATES)[number]

/** Lower than any activation or gradient: holds nothing back. */
const OPEN = -3.4e38

/**
 * The input gradients, which differ only in what a ReLU holds back (Springenberg et al. 2015, figure 1):
 *
 * - `saliency`, the gradient itself: dX = dY where Y > 0 (Simonyan et al. 2014)
 * - `guided`, guided backpropagation: dX = max(dY, 0) where Y > 0 (Springenberg et al. 2015)
 * - `deconvnet`: dX = max(dY, 0), whatever Y was (Zeiler and Fergus 2014)
 */
export const GRADIENT_KINDS = {
  saliency: { 'gate:activation': 0, 'gate:gradient': OPEN },
  guided: { 'gate:activation': 0, 'gate:gradient': 0 },
  deconvnet: { 'gate:activation': OPEN, 'gate:gradient': 0 },
} satisfies Record<string, Record<Gate, number>>

export type GradientKind = keyof typeof GRADIENT_KINDS

/**
 * dX = dY where Y and dY exceed their gates, else 0. At ReLU alone, not at ReLU6, SiLU or GELU: the papers speak of ReLU,
 * and so do the implementations for PyTorch, which hook `nn.ReLU`.
 */
const Relu: Rule = onlyFirst(({ emit, O, GO }) => {
  const [activation, gradient] = GATES.map(gate => emit.cast(gate, emit.type))
  const passed = emit.where(emit.op('Greater', [GO, gradient ?? 0]), GO, 0)
  return emit.where(emit.op('Greater', [O, activation ?? 0]), passed, 0)
})

/** One backward pass for every kind: which one it is, is fed with the run, so that all share programs and weights. */
export const GATED_RULES: RuleTable = { ...RULES, Relu }
