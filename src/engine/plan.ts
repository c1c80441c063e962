import type { AnalyzedModel } from '../analysis/analyze'
import { HookscopeError } from '../errors'
import { backward, valueBehind } from '../grad/backward'
import { GATED_RULES, GATES, type Gate } from '../grad/rules/gated'
import type { GraphIndex } from '../graph/graph-index'
import { Layered } from '../graph/layered'
import { forwardProgram, type Program } from '../graph/program'
import type { ValueInfo } from '../graph/shapes'

/**
 * Which programs a network is compiled to. The backward pass is cut at the stages: each segment takes the gradients
 * at the stages after it and gives the gradient at its own. A map at any stage runs only the segments that lie
 * between it and what is known already, and the strip of layers goes on from there.
 */
export interface Plan {
  readonly forward: Program
  /** Forward values that `forward` gives besides the logits: all that the segments and the maps read. */
  readonly saved: readonly string[]
  /** Gradient at a stage's value, or at the network's input, from those after it. */
  readonly segments: ReadonlyMap<string, Program>
}

export function planNetwork(analyzed: AnalyzedModel): Plan {
  const { graphIndex, layout, logits, head, stageValues } = analyzed
  const image = layout.input.name
  const segments = new Map<string, Program>()
  for (const value of new Set([layout.gradientAt, ...stageValues, ...(head ? [head.features] : [])])) {
    const segment = attempt(() => backwardFrom(analyzed, new Set([...stageValues, logits]), value))
    if (segment) segments.set(value, segment)
  }
  const read = [...segments.values()].flatMap(segment => segment.inputs).filter(name => graphIndex.producer.has(name))
  const saved = new Set([...stageValues, ...(head ? [head.features] : []), ...read])
  saved.delete(logits)
  return {
    forward: forwardProgram(graphIndex, new Set([image]), [logits, ...saved]),
    saved: [...saved],
    segments,
  }
}

/** The input of a gradient's program for each of `GATES`. */
const GATE: ValueInfo = { type: 'float32', dims: [1] }

export const isGate = (name: string): name is Gate => GATES.some(gate => gate === name)

/** The gradient at a value, of the kind that the gates are fed for, from the nearest of `barriers` after it. */
export function backwardFrom(analyzed: AnalyzedModel, barriers: ReadonlySet<string>, value: string): Program {
  const { graphIndex } = analyzed
  const shapes = new Layered(analyzed.shapes)
  for (const gate of GATES) shapes.set(gate, GATE)
  return backward(graphIndex, shapes, {
    known: frontier(graphIndex, barriers, value),
    wanted: [value],
    rules: GATED_RULES,
  })
}

/** The barriers that are met first on the ways from a value to the output. */
export function frontier(graphIndex: GraphIndex, barriers: ReadonlySet<string>, from: string): string[] {
  const met = new Set<string>()
  const seen = new Set([from])
  const pending = [from]
  for (let value = pending.pop(); value !== undefined; value = pending.pop())
    for (const node of graphIndex.consumers.get(value) ?? [])
      for (const output of node.outputs) {
        if (barriers.has(output)) met.add(output)
        else if (!seen.has(output)) {
          seen.add(output)
          pending.push(output)
        }
      }
  return [...met]
}

/** Type and shape of a program's input: a forward value, a gradient, or a gate. */
export function knownInput({ shapes }: AnalyzedModel, name: string): ValueInfo {
  if (isGate(name)) return GATE
  const known = shapes.get(name) ?? shapes.get(valueBehind(name) ?? name)
  if (known) return known
  throw new HookscopeError('unsupported-op', `The shape of "${name}" cannot be told from the file.`)
}

/** A stage that gradients do not reach has no segment; its hook points say so themselves. */
function attempt<T>(make: () => T): T | undefined {
  try {
    return make()
  } catch (error) {
    if (error instanceof HookscopeError && error.code === 'no-gradient') return undefined
    throw error
  }
}
