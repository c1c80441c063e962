import type { Node } from '../../../src/graph/types'
import type { NdArray } from './array'

export interface Scope {
  readonly node: Node
  readonly opset: number
  /** undefined: an optional input that was left out. */
  readonly inputs: readonly (NdArray | undefined)[]
}

/** One operator of the reference: plain loops over doubles, written from ONNX's definition. One value an output. */
export type Operator = (scope: Scope) => NdArray | readonly NdArray[]

export function input(inputs: Scope['inputs'], i: number): NdArray {
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
  return found?.kind === 'ints' || found?.kind === 'floats' ? found.value : undefined
}

export const counted = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis)

/** An attribute in older opsets, the input at a place in newer ones. */
export function given({ node, inputs }: Scope, name: string, place: number): number[] | undefined {
  const found = list(node, name) ?? inputs[place]?.data
  return found && [...found]
}
