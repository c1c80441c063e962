import type { Node } from '../../../src/graph/types'
import type { NdArray } from './array'

/** One operator of the reference: plain loops over doubles, written from ONNX's definition. */
export type Operator = (scope: { node: Node; opset: number; inputs: readonly NdArray[] }) => NdArray

export function input(inputs: readonly NdArray[], i: number): NdArray {
  const found = inputs[i]
  if (!found) throw new Error(`input ${i} is missing`)
  return found
}

export function number(node: Node, name: string, absent: number): number {
  const found = node.attributes.get(name)
  return found?.kind === 'int' || found?.kind === 'float' ? found.value : absent
}

export function text(node: Node, name: string, absent: string): string {
  const found = node.attributes.get(name)
  return found?.kind === 'string' ? found.value : absent
}

export function list(node: Node, name: string): readonly number[] | undefined {
  const found = node.attributes.get(name)
  return found?.kind === 'ints' ? found.value : undefined
}
