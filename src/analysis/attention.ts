import type { GraphIndex } from '../graph/graph-index'
import type { ValueInfo } from '../graph/shapes'
import { has } from '../graph/traits'
import type { Node } from '../graph/types'
import { equal, type Meaning } from './axes'

/**
 * Values over pairs of tokens, [1, heads, T, T]: products of queries and keys, and all that follows up to the product
 * with the values. They are told by their axes, and by their Softmax: it runs over the last axis, along which a MatMul
 * then sums what the network made of the picture.
 */
export function attentionValues(
  graphIndex: GraphIndex,
  shapes: ReadonlyMap<string, ValueInfo>,
  meanings: ReadonlyMap<string, Meaning>,
): Set<string> {
  const found = new Set<string>()
  for (const [value, { axes }] of meanings) if (axes.includes('other')) found.add(value)
  for (const node of graphIndex.nodes)
    if (node.op === 'Softmax' && weighsTokens(graphIndex, shapes, node)) collect(node)
  return found

  /** From the Softmax back to the product of queries and keys, and forward to that with the values. */
  function collect(softmax: Node): void {
    const dims = shapes.get(softmax.outputs[0] ?? '')?.dims ?? []
    const isScores = (value: string) => !graphIndex.parameters.has(value) && equal(shapes.get(value)?.dims ?? [], dims)
    const pending = [...softmax.outputs, ...softmax.inputs].filter(isScores)
    for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
      if (found.has(value)) continue
      found.add(value)
      const maker = graphIndex.producer.get(value)
      const nodes = graphIndex.consumers.get(value) ?? []
      pending.push(...nodes.filter(isPointwise).flatMap(node => node.outputs.filter(isScores)))
      if (maker && isPointwise(maker)) pending.push(...maker.inputs.filter(isScores))
    }
  }
}

const isPointwise = (node: Node): boolean => !PRODUCTS.has(node.op) && !has(node, 'channelsFirst')

const PRODUCTS: ReadonlySet<string> = new Set(['MatMul', 'Gemm', 'Einsum'])

/** Whether a Softmax's values weigh a sum: a product along its last axis with another value of the picture's. */
function weighsTokens(graphIndex: GraphIndex, shapes: ReadonlyMap<string, ValueInfo>, softmax: Node): boolean {
  const scores = softmax.outputs[0] ?? ''
  const dims = shapes.get(scores)?.dims ?? []
  if (dims.length < 3 || (dims.at(-1) ?? 1) < 2 || (dims.at(-2) ?? 1) < 2) return false
  const pending = [scores]
  const seen = new Set<string>()
  for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
    if (seen.has(value)) continue
    seen.add(value)
    for (const node of graphIndex.consumers.get(value) ?? []) {
      const [first, second = ''] = node.inputs
      if (node.op === 'MatMul' && first === value && !graphIndex.parameters.has(second)) return true
      if (has(node, 'copies', 'converts', 'reshapes') || node.op === 'Mul') pending.push(...node.outputs)
    }
  }
  return false
}
