import { HookscopeError } from '../errors'
import { type Attribute, type Node, nodeLabel, type Tensor } from './types'

function wrongKind(node: Node, name: string, expected: string, found: Attribute): HookscopeError {
  return new HookscopeError(
    'bad-model',
    `Attribute "${name}" of ${nodeLabel(node)} should be ${expected} but is ${found.kind}. The file is damaged: export it again.`,
  )
}

export function intAttribute(node: Node, name: string, absent: number): number {
  const found = node.attributes.get(name)
  if (!found) return absent
  if (found.kind !== 'int') throw wrongKind(node, name, 'int', found)
  return found.value
}

export function floatAttribute(node: Node, name: string, absent: number): number {
  const found = node.attributes.get(name)
  if (!found) return absent
  if (found.kind !== 'float') throw wrongKind(node, name, 'float', found)
  return found.value
}

export function stringAttribute(node: Node, name: string, absent: string): string {
  const found = node.attributes.get(name)
  if (!found) return absent
  if (found.kind !== 'string') throw wrongKind(node, name, 'string', found)
  return found.value
}

export function intsAttribute(node: Node, name: string): readonly number[] | undefined {
  const found = node.attributes.get(name)
  if (!found) return undefined
  if (found.kind !== 'ints') throw wrongKind(node, name, 'ints', found)
  return found.value
}

export function tensorAttribute(node: Node, name: string): Tensor | undefined {
  const found = node.attributes.get(name)
  if (!found) return undefined
  if (found.kind !== 'tensor') throw wrongKind(node, name, 'tensor', found)
  return found.value
}

export const int = (value: number): Attribute => ({ kind: 'int', value })
export const float = (value: number): Attribute => ({ kind: 'float', value })
export const ints = (value: readonly number[]): Attribute => ({ kind: 'ints', value })
