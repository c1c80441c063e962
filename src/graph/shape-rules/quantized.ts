import type { ElementType } from '../types'
import { broadcast, type ShapeRule, type ValueInfo } from './value-info'

/** A rule of the float form, over some of the inputs, whose result has another element type. */
export const asFloatForm =
  (
    rule: ShapeRule,
    places: readonly number[],
    type: (inputs: readonly (ValueInfo | undefined)[]) => ElementType | undefined,
  ): ShapeRule =>
  scope => {
    const inputs = places.map(i => scope.inputs[i])
    const names = places.map(i => scope.node.inputs[i] ?? '')
    const found = type(scope.inputs)
    return rule({ ...scope, node: { ...scope.node, inputs: names }, inputs }).map(
      x => x && found && { type: found, dims: x.dims },
    )
  }

/** Values, their scale, their zero point: of the whole tensor. */
export const dynamicQuantize: ShapeRule = ({ inputs: [x] }) =>
  x
    ? [
        { type: 'uint8', dims: x.dims },
        { type: 'float32', dims: [] },
        { type: 'uint8', dims: [] },
      ]
    : []

export const broadcastOf =
  (...places: readonly number[]): ShapeRule =>
  ({ inputs }) => {
    const [first, ...others] = places.map(i => inputs[i])
    const dims = others.reduce<readonly number[] | undefined>(
      (dims, x) => dims && x && broadcast(dims, x.dims),
      first?.dims,
    )
    return first && dims ? [{ type: first.type, dims }] : []
  }
