import { HookscopeError } from '../errors'
import { type GraphIndex, reads } from './graph-index'
import type { Node, Tensor } from './types'

/** A piece of work for the engine: nodes in order, what they are fed, and what they give. */
export interface Program {
  readonly nodes: readonly Node[]
  readonly constants: ReadonlyMap<string, Tensor>
  /** Activations and gradients that must be fed. */
  readonly inputs: readonly string[]
  /** Parameters of the network that are read. */
  readonly parameters: readonly string[]
  readonly outputs: readonly string[]
}

/**
 * The part of the forward pass from values that are there to values that are wanted.
 *
 * @param given values that will be fed; the network's inputs always count among them
 */
export function forwardProgram(graphIndex: GraphIndex, given: ReadonlySet<string>, wanted: readonly string[]): Program {
  const needed = new Set<Node>()
  const inputs = new Set<string>()
  const parameters = new Set<string>()
  const pending = wanted.filter(value => !given.has(value))
  for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
    const node = graphIndex.producer.get(value)
    if (!node) throw new HookscopeError('unknown-layer', `The network has no value "${value}".`)
    if (needed.has(node)) continue
    needed.add(node)
    for (const input of reads(node)) {
      if (graphIndex.parameters.has(input)) parameters.add(input)
      else if (given.has(input) || !graphIndex.producer.has(input)) inputs.add(input)
      else pending.push(input)
    }
  }
  return {
    nodes: graphIndex.nodes.filter(node => needed.has(node)),
    constants: new Map(),
    inputs: [...inputs],
    parameters: [...parameters],
    outputs: wanted,
  }
}
