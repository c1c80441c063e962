import type { Node } from '../../src/graph/types'
import { type NdArray, sizeOf } from '../support/reference/array'
import type { Operator as Forward } from '../support/reference/operator'
import type { Tape, Value } from './tape'

export interface Scope {
  readonly tape: Tape
  readonly node: Node
  readonly opset: number
  /** undefined: an optional input that was left out. */
  readonly inputs: readonly (Value | undefined)[]
}

/** One operator of ONNX as steps on a tape, by the definition of its version. One value an output. */
export type Operator = (scope: Scope) => Value | readonly Value[]

export function input(scope: Scope, i: number): Value {
  const found = scope.inputs[i]
  if (!found) throw new Error(`${scope.node.op} has no input ${i}`)
  return found
}

/**
 * An operator that only moves values: its plain definition, run on the numbers of the places, tells where each comes from.
 */
export function moving(forward: Forward): Operator {
  return scope => {
    const x = input(scope, 0)
    const numbered: NdArray = { dims: x.dims, data: Float64Array.from(x.data.keys()) }
    const { node, opset } = scope
    const results = forward({ node, opset, inputs: [numbered, ...scope.inputs.slice(1)] })
    const moved = ('dims' in results ? [results] : results).map(({ dims, data }) => scope.tape.pick(x, dims, data))
    return moved.length === 1 ? (moved[0] as Value) : moved
  }
}

/** An operator nothing is differentiated through: its plain definition. */
export function flat(forward: Forward, whole = true): Operator {
  return ({ tape, node, opset, inputs }) => {
    const results = forward({ node, opset, inputs })
    const values = ('dims' in results ? [results] : results).map(({ dims, data }) => tape.leaf(dims, data, whole))
    return values.length === 1 ? (values[0] as Value) : values
  }
}

/** x with the axes named by `order` in front, as rows of a matrix, and back: what a step does along one axis. */
export function transpose(tape: Tape, x: Value, perm: readonly number[]): Value {
  const steps = x.dims.map((_, axis) => sizeOf(x.dims.slice(axis + 1)))
  const dims = perm.map(axis => x.dims[axis] ?? 1)
  let from = Int32Array.of(0)
  perm.forEach((axis, i) => {
    const size = dims[i] ?? 1
    const next = new Int32Array(from.length * size)
    for (let k = 0; k < from.length; k++)
      for (let j = 0; j < size; j++) next[k * size + j] = (from[k] as number) + j * (steps[axis] ?? 0)
    from = next
  })
  return tape.pick(x, dims, from)
}

/** Each line of x along an axis times a constant matrix [to, size]. */
export function along(tape: Tape, x: Value, axis: number, matrix: readonly (readonly number[])[]): Value {
  const rest = x.dims.map((_, i) => i).filter(i => i !== axis)
  const front = [axis, ...rest]
  const turned = transpose(tape, x, front)
  const size = x.dims[axis] ?? 1
  const lines = tape.reshape(turned, [1, size, turned.data.length / size])
  const weights = tape.leaf([1, matrix.length, size], matrix.flat())
  const product = tape.reshape(tape.product(weights, lines), [matrix.length, ...rest.map(i => x.dims[i] ?? 1)])
  return transpose(
    tape,
    product,
    front.map((_, i) => front.indexOf(i)),
  )
}
