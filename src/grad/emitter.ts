import { HookscopeError } from '../errors'
import { int, ints } from '../graph/attributes'
import { broadcast } from '../graph/shape-rules'
import { inferNode, type Known, knownConstant } from '../graph/shapes'
import { floatTensor, intTensor, sizeOf } from '../graph/tensors'
import type { Attribute, Node, Tensor } from '../graph/types'

/** Writes standard ONNX nodes of one opset, names them mechanically and follows their shapes. */
export class Emitter {
  readonly nodes: Node[] = []
  readonly constants = new Map<string, Tensor>()
  private readonly known: Map<string, Known>
  private count = 0
  /** Prefix of the names to come: the node whose gradient is being written. */
  private scope = ''

  /** @param shapes what is known of the forward values that the new nodes may read */
  constructor(
    readonly opset: number,
    shapes: ReadonlyMap<string, Known>,
  ) {
    this.known = new Map(shapes)
  }

  within(scope: string): void {
    this.scope = scope
  }

  /** @throws HookscopeError `no-gradient` where the shape is known to the engine alone */
  shape(value: string): readonly number[] {
    const dims = this.known.get(value)?.dims
    if (dims) return dims
    throw new HookscopeError(
      'no-gradient',
      `The shape of "${value}" cannot be told from the file, so no gradient can be written through it. Choose a layer after it.`,
    )
  }

  /** Tells the shape of a value that will be fed. */
  expect(value: string, like: string): void {
    const known = this.known.get(like)
    if (known) this.known.set(value, { type: known.type, dims: known.dims })
  }

  op(op: string, inputs: readonly string[], attributes: Record<string, Attribute> = {}): string {
    const output = `grad:${this.scope}:${this.count++}:${op}`
    this.put({ op, inputs, output, attributes })
    return output
  }

  /** As `op`, for a value with a name of its own. */
  put(node: { op: string; inputs: readonly string[]; output: string; attributes?: Record<string, Attribute> }): void {
    const written: Node = {
      name: node.output,
      op: node.op,
      domain: '',
      inputs: node.inputs,
      outputs: [node.output],
      attributes: new Map(Object.entries(node.attributes ?? {})),
      metadata: new Map(),
    }
    this.nodes.push(written)
    inferNode(written, this.opset, this.known)
  }

  constant(tensor: Tensor): string {
    const name = `grad:${this.scope}:${this.count++}:constant`
    this.constants.set(name, tensor)
    this.known.set(name, knownConstant(tensor))
    return name
  }

  floats(dims: readonly number[], values: ArrayLike<number>): string {
    return this.constant(floatTensor(dims, values))
  }

  scalar(value: number): string {
    return this.floats([], [value])
  }

  filled(dims: readonly number[], value: number): string {
    return this.floats(dims, new Float32Array(sizeOf(dims)).fill(value))
  }

  reshape(x: string, dims: readonly number[]): string {
    return this.op('Reshape', [x, this.constant(intTensor(dims))])
  }

  /** x[…, from:to, …] along each axis given. Since opset 10 the bounds are inputs. */
  slice(x: string, axes: readonly number[], from: readonly number[], to: readonly number[]): string {
    if (this.opset < 10) return this.op('Slice', [x], { axes: ints(axes), starts: ints(from), ends: ints(to) })
    return this.op('Slice', [x, ...[from, to, axes].map(list => this.constant(intTensor(list)))])
  }

  /** Constant padding; `amounts` as ONNX has them, all beginnings and then all ends. Inputs since opset 11. */
  pad(x: string, amounts: readonly number[], value: number): string {
    if (amounts.every(amount => amount === 0)) return x
    if (this.opset < 11) return this.op('Pad', [x], { pads: ints(amounts), value: { kind: 'float', value } })
    return this.op('Pad', [x, this.constant(intTensor(amounts)), this.scalar(value)])
  }

  /** Axes are an input since opset 13. */
  reduceSum(x: string, axes: readonly number[], keep: boolean): string {
    const keepdims = int(keep ? 1 : 0)
    if (this.opset < 13) return this.op('ReduceSum', [x], { axes: ints(axes), keepdims })
    return this.op('ReduceSum', [x, this.constant(intTensor(axes))], { keepdims })
  }

  /**
   * The gradient of a broadcast: sums over the axes along which a value of shape `dims` was repeated.
   * d/dx of broadcast(x) is the sum of the incoming gradient over every place that x went to.
   */
  sumTo(x: string, dims: readonly number[]): string {
    const from = this.shape(x)
    const extra = from.length - dims.length
    const axes = from.flatMap((size, axis) => {
      const target = axis < extra ? 1 : dims[axis - extra]
      return size !== 1 && target === 1 ? [axis] : []
    })
    const summed = axes.length > 0 ? this.reduceSum(x, axes, true) : x
    return sameShape(this.shape(summed), dims) ? summed : this.reshape(summed, dims)
  }

  /** Repeats x to `dims`; nothing where it has that shape. */
  expandTo(x: string, dims: readonly number[]): string {
    const from = this.shape(x)
    if (sameShape(from, dims)) return x
    if (!sameShape(broadcast(from, dims) ?? [], dims)) return this.reshape(x, dims)
    return this.op('Mul', [x, this.filled(dims, 1)])
  }
}

export const sameShape = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((size, axis) => size === b[axis])
