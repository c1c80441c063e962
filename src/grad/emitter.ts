import { HookscopeError } from '../errors'
import { int, ints } from '../graph/attributes'
import { CODE_OF_TYPE } from '../graph/element-codes'
import { floatsAs } from '../graph/elements'
import { Layered } from '../graph/layered'
import { ownName } from '../graph/own-names'
import { broadcast, type ShapeScope } from '../graph/shape-rules'
import { inferNode, isFloat, knownConstant, type ValueInfo } from '../graph/shapes'
import { intTensor, sizeOf } from '../graph/tensors'
import type { Attribute, ElementType, Node, Tensor } from '../graph/types'

/** A value by its name, or a number, which becomes a scalar of the gradient's type. */
export type Operand = string | number

/** Numbers of the largest constant that is written. A damaged file may claim sizes that no memory holds. */
const LARGEST = 2 ** 26

/** Writes standard ONNX nodes of one opset, names them mechanically and follows their shapes. */
export class Emitter {
  readonly nodes: Node[] = []
  readonly constants = new Map<string, Tensor>()
  private readonly known: Map<string, ValueInfo>
  private count = 0
  /** Prefix of the names to come: the node whose gradient is being written. */
  private scope = ''
  /** Scalars of this scope. */
  private readonly scalars = new Map<number, string>()
  /** Element type of the gradient that is passed on, and of every number written beside it. */
  private float: ElementType = 'float32'

  /** @param shapes what is known of the forward values that the new nodes may read */
  constructor(
    readonly opset: number,
    shapes: ReadonlyMap<string, ValueInfo>,
  ) {
    this.known = new Layered(shapes)
  }

  /** Lets go of all that was written, and of what is known of it. */
  forget(): void {
    this.nodes.length = 0
    this.constants.clear()
    this.known.clear()
  }

  /** @param like a value whose element type the numbers to come will have */
  within(scope: string, like: string): void {
    this.scope = scope
    this.scalars.clear()
    const type = this.known.get(like)?.type
    this.float = type && isFloat(type) ? type : 'float32'
  }

  get type(): ElementType {
    return this.float
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

  typeOf(value: string): ElementType {
    return this.known.get(value)?.type ?? 'float32'
  }

  /** A node of the network as the shape rules see it. */
  scopeOf(node: Node): ShapeScope {
    return { node, opset: this.opset, inputs: node.inputs.map(input => this.known.get(input)) }
  }

  /** Tells the shape of a value that will be fed. */
  expect(value: string, like: string): void {
    const known = this.known.get(like)
    if (known) this.known.set(value, { type: isFloat(known.type) ? known.type : 'float32', dims: known.dims })
  }

  op(op: string, inputs: readonly Operand[], attributes: Record<string, Attribute> = {}): string {
    const names = inputs.map(input => (typeof input === 'number' ? this.scalar(input) : input))
    const output = ownName('grad', this.scope, `${this.count++}:${op}`)
    this.put({ op, inputs: names, output, attributes })
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
    const name = ownName('grad', this.scope, `${this.count++}:constant`)
    this.constants.set(name, tensor)
    this.known.set(name, knownConstant(tensor))
    return name
  }

  ints(values: readonly number[], dims?: readonly number[]): string {
    return this.constant(intTensor(values, dims))
  }

  floats(dims: readonly number[], values: ArrayLike<number>): string {
    const tensor = floatsAs(this.float, dims, values)
    if (tensor) return this.constant(tensor)
    throw new HookscopeError(
      'no-gradient',
      `No gradient can be written in ${this.float} (${this.scope}). Export the network as float32.`,
    )
  }

  /** Zeros for a constant to come. @throws HookscopeError `no-gradient` where that would be too large */
  room(dims: readonly number[]): Float32Array {
    this.checkSize(dims)
    return new Float32Array(sizeOf(dims))
  }

  /** @throws HookscopeError `no-gradient` where a constant of this shape would be too large */
  checkSize(dims: readonly number[]): void {
    if (sizeOf(dims) <= LARGEST) return
    throw new HookscopeError(
      'no-gradient',
      `The gradient of "${this.scope}" would need a constant of [${dims.join(', ')}] numbers, which is too large. Choose a layer after it.`,
    )
  }

  scalar(value: number): string {
    const name = this.scalars.get(value) ?? this.floats([], [value])
    this.scalars.set(value, name)
    return name
  }

  filled(dims: readonly number[], value: number): string {
    return this.floats(dims, this.room(dims).fill(value))
  }

  /** The lowest finite number of the gradient's type. */
  get lowest(): number {
    return this.float === 'float16' ? -65504 : -3.4e38
  }

  cast(x: string, type: ElementType): string {
    return this.typeOf(x) === type ? x : this.op('Cast', [x], { to: int(CODE_OF_TYPE[type] ?? 1) })
  }

  /** x where a condition holds, else y. Where came with opset 9. */
  where(condition: string, x: Operand, y: Operand): string {
    if (this.opset >= 9) return this.op('Where', [condition, x, y])
    const kept = this.op('Mul', [x, this.cast(condition, this.float)])
    return y === 0 ? kept : this.op('Add', [kept, this.op('Mul', [y, this.cast(this.not(condition), this.float)])])
  }

  not(condition: string): string {
    return this.op('Not', [condition])
  }

  reshape(x: string, dims: readonly number[]): string {
    return sameShape(this.shape(x), dims) ? x : this.op('Reshape', [x, this.ints(dims)])
  }

  transpose(x: string, perm: readonly number[]): string {
    return perm.every((from, to) => from === to) ? x : this.op('Transpose', [x], { perm: ints(perm) })
  }

  /** x[…, from:to:step, …] along each axis given. Since opset 10 the bounds are inputs, and steps may be other than 1. */
  slice(
    x: string,
    axes: readonly number[],
    from: readonly number[],
    to: readonly number[],
    steps?: readonly number[],
  ): string {
    if (this.opset < 10) return this.op('Slice', [x], { axes: ints(axes), starts: ints(from), ends: ints(to) })
    return this.op('Slice', [x, ...[from, to, axes, ...(steps ? [steps] : [])].map(list => this.ints(list))])
  }

  /** Constant padding; `amounts` as ONNX has them, all beginnings and then all ends. Inputs since opset 11. */
  pad(x: string, amounts: readonly number[], value: number): string {
    if (amounts.every(amount => amount === 0)) return x
    if (this.opset < 11) return this.op('Pad', [x], { pads: ints(amounts), value: { kind: 'float', value } })
    return this.op('Pad', [x, this.ints(amounts), value])
  }

  concat(parts: readonly string[], axis: number): string {
    const [only] = parts
    return parts.length === 1 && only !== undefined ? only : this.op('Concat', parts, { axis: int(axis) })
  }

  /** Axes are an input since opset 13 for ReduceSum, since 18 for the others. */
  reduce(
    op: 'ReduceSum' | 'ReduceMean' | 'ReduceMax' | 'ReduceMin' | 'ReduceProd',
    x: string,
    axes: readonly number[],
    keep: boolean,
  ): string {
    if (axes.length === 0) return x
    const keepdims = int(keep ? 1 : 0)
    if (this.opset < (op === 'ReduceSum' ? 13 : 18)) return this.op(op, [x], { axes: ints(axes), keepdims })
    return this.op(op, [x, this.ints(axes)], { keepdims })
  }

  /**
   * Brings a gradient to a value's own shape.
   *
   * Where the value was broadcast, its gradient is the sum over every place that it went to: d/dx of broadcast(x).
   * Where the gradient is the same along an axis it may come with size 1 there, and is repeated.
   */
  unbroadcast(x: string, dims: readonly number[]): string {
    const from = this.shape(x)
    const extra = from.length - dims.length
    const axes = from.flatMap((size, axis) => {
      const target = axis < extra ? 1 : dims[axis - extra]
      return size !== 1 && target === 1 ? [axis] : []
    })
    const summed = this.reduce('ReduceSum', x, axes, true)
    return this.expand(extra > 0 ? this.reshape(summed, this.shape(summed).slice(extra)) : summed, dims)
  }

  /** Repeats x to `dims`; nothing where it has that shape. Expand came with opset 8. */
  expand(x: string, dims: readonly number[]): string {
    const from = this.shape(x)
    if (sameShape(from, dims)) return x
    if (!sameShape(broadcast(from, dims) ?? [], dims))
      throw new HookscopeError(
        'bad-model',
        `The shapes around ${this.scope} contradict each other: a gradient of [${from}] does not fit [${dims}]. The file is damaged: export it again.`,
      )
    return this.opset < 8 ? this.op('Mul', [x, this.filled(dims, 1)]) : this.op('Expand', [x, this.ints(dims)])
  }

  /** Σ_k matrix[j, k]·x[…, k, …] along one axis. */
  along(x: string, axis: number, matrix: string): string {
    const dims = this.shape(x)
    const [to = 1] = this.shape(matrix)
    const [outer, inner] = [sizeOf(dims.slice(0, axis)), sizeOf(dims.slice(axis + 1))]
    const product = this.op('MatMul', [matrix, this.reshape(x, [outer, dims[axis] ?? 1, inner])])
    return this.reshape(product, dims.with(axis, to))
  }
}

const sameShape = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((size, axis) => size === b[axis])
