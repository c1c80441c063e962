import { HookscopeError } from '../errors'
import { int, ints } from './attributes'
import { broadcast } from './shape-rules'
import { inferNode, knownConstant, type ValueInfo } from './shapes'
import { floatTensor, sizeOf } from './tensors'
import type { Attribute, Graph, Node, Port, Tensor } from './types'

/** Numbers with a shape; a bare number is a scalar, a bare list a vector. */
export type Numbers =
  | number
  | readonly number[]
  | { readonly dims: readonly number[]; readonly data: ArrayLike<number> }

/** A value of the graph, by name; where one is read, a number stands for itself. */
type Operand = string | number

/**
 * Writes a small network in code, in PyTorch's words. Every method gives the name of the value that it makes. Layers
 * (`conv`, `linear`, `relu`, `maxPool`) are modules under the path that they are given; `add`, `mul` and the like name
 * their value. A path that is given again, with the same weights, is the same module called again.
 *
 * A wrong argument is a HookscopeError `bad-argument` at once: a value that nobody has made, a name that is taken, a weight of
 * another width.
 */
export class GraphBuilder {
  private readonly nodes: Node[] = []
  private readonly constants = new Map<string, Tensor>()
  private readonly known = new Map<string, ValueInfo>()
  /** Operators of a module by its path, one a call. */
  private readonly calls = new Map<string, string[]>()
  private readonly inputs: Port[] = []
  private readonly outputs: string[] = []
  private count = 0

  /** A float32 input of this shape. */
  input(name: string, dims: readonly number[] = []): string {
    this.take(name)
    this.known.set(name, { type: 'float32', dims })
    this.inputs.push({ name, type: 'float32', dims })
    return name
  }

  /** A float32 parameter, such as a leaf tensor that requires a gradient. */
  parameter(name: string, numbers: Numbers): string {
    this.take(name)
    const tensor = tensorOf(name, numbers)
    this.constants.set(name, tensor)
    this.known.set(name, knownConstant(tensor))
    return name
  }

  /** a + b, broadcast. */
  add(a: Operand, b: Operand, name?: string): string {
    return this.elementwise('Add', a, b, name)
  }

  /** a · b by element, broadcast. */
  mul(a: Operand, b: Operand, name?: string): string {
    return this.elementwise('Mul', a, b, name)
  }

  /** Matrix product as torch.matmul has it; of two vectors their dot product. */
  matmul(a: string, b: string, name?: string): string {
    const [left = [], right = []] = [this.dims(a), this.dims(b)]
    const inner = right.length > 1 ? right.at(-2) : right[0]
    this.check(`matmul() with "${b}", [${right.join(', ')}],`, a, () => left.length > 0 && left.at(-1) === inner)
    return this.operation('MatMul', [a, b], name)
  }

  /** Mean over all elements, a scalar. */
  mean(x: string, name?: string): string {
    return this.operation('ReduceMean', [x], name, { keepdims: int(0) })
  }

  /** All but the first axis in one. */
  flatten(x: string, name?: string): string {
    return this.operation('Flatten', [x], name)
  }

  /**
   * torch.nn.Conv2d.
   *
   * @param path of the module
   * @param x [batch, in, height, width]
   * @param options weight [out, in, k, k], bias [out]; stride and padding alike on both axes
   */
  conv(
    path: string,
    x: string,
    { weight, bias, stride = 1, padding = 0 }: { weight: Numbers; bias?: Numbers; stride?: number; padding?: number },
  ): string {
    const attributes = { strides: ints([stride, stride]), pads: ints(Array.from({ length: 4 }, () => padding)) }
    const [out, channels, ...kernel] = dimsOf(weight)
    const fits = ([, given, ...sides]: readonly number[]) =>
      given === channels &&
      sides.length === 2 &&
      sides.every((side, i) => side + 2 * padding >= (kernel[i] ?? Number.NaN))
    this.check(`conv("${path}") with a weight of [${dimsOf(weight).join(', ')}]`, x, fits)
    checkBias(path, bias, out)
    return this.layer(path, 'Conv', [x, ...this.weights(path, weight, bias)], attributes)
  }

  /**
   * torch.nn.Linear.
   *
   * @param path of the module
   * @param x [batch, in]
   * @param options weight [out, in], bias [out]
   */
  linear(path: string, x: string, { weight, bias }: { weight: Numbers; bias?: Numbers }): string {
    const [out, width, more] = dimsOf(weight)
    const fits = (dims: readonly number[]) => dims.length === 2 && dims[1] === width && more === undefined
    this.check(`linear("${path}") with a weight of [${dimsOf(weight).join(', ')}]`, x, fits)
    checkBias(path, bias, out)
    return this.layer(path, 'Gemm', [x, ...this.weights(path, weight, bias)], { transB: int(1) })
  }

  /** torch.nn.ReLU. */
  relu(path: string, x: string): string {
    return this.layer(path, 'Relu', [x], {})
  }

  /** torch.nn.MaxPool2d. */
  maxPool(path: string, x: string, kernel: number, stride = kernel): string {
    this.check(`maxPool("${path}") over ${kernel} × ${kernel}`, x, dims => isPicture(dims, kernel))
    return this.layer(path, 'MaxPool', [x], { kernel_shape: ints([kernel, kernel]), strides: ints([stride, stride]) })
  }

  /** torch.nn.AdaptiveAvgPool2d(size) for a size that divides the input's; 1 is global average pooling. */
  averagePool(path: string, x: string, kernel?: number): string {
    this.check(`averagePool("${path}")${kernel ? ` over ${kernel} × ${kernel}` : ''}`, x, dims =>
      isPicture(dims, kernel ?? 1),
    )
    return kernel === undefined
      ? this.layer(path, 'GlobalAveragePool', [x], {})
      : this.layer(path, 'AveragePool', [x], { kernel_shape: ints([kernel, kernel]), strides: ints([kernel, kernel]) })
  }

  /** Makes a value one of the network's outputs. */
  output(value: string): this {
    this.dims(value)
    this.outputs.push(value)
    return this
  }

  build(): Graph {
    return {
      name: 'built',
      irVersion: 8,
      opsets: new Map([['', OPSET]]),
      producer: 'hookscope',
      inputs: this.inputs,
      outputs: this.outputs,
      nodes: this.nodes,
      constants: this.constants,
    }
  }

  private read(operand: Operand): string {
    return typeof operand === 'string' ? operand : this.parameter(`constant ${this.count++}`, operand)
  }

  private elementwise(op: string, a: Operand, b: Operand, name: string | undefined): string {
    const [left, right] = [this.read(a), this.read(b)]
    const dims = this.dims(right)
    this.check(
      `${op.toLowerCase()}() with "${right}", [${dims.join(', ')}],`,
      left,
      of => broadcast(of, dims) !== undefined,
    )
    return this.operation(op, [left, right], name)
  }

  /** The parameters of a module; those that it has already where it is called again. */
  private weights(path: string, weight: Numbers, bias: Numbers | undefined): string[] {
    const given = [['weight', weight] as const, ...(bias === undefined ? [] : [['bias', bias] as const])]
    return given.map(([kind, numbers]) => {
      const name = `${path}.${kind}`
      if (!this.calls.has(path)) return this.parameter(name, numbers)
      const [own, other] = [this.constants.get(name), tensorOf(name, numbers)]
      if (own && `${own.dims}` === `${other.dims}` && own.bytes.every((byte, i) => byte === other.bytes[i])) return name
      throw wrong(`The module "${path}" has another ${kind} already. Give this one a path of its own.`)
    })
  }

  private operation(op: string, inputs: string[], name: string | undefined, attributes: Attributes = {}): string {
    const value = name ?? `${op.toLowerCase()}_${this.count++}`
    this.take(value)
    return this.put(op, inputs, `/${value}`, value, attributes)
  }

  /** Named as torch's exporter names it, a second call `relu_1`, so that the path is read as from any file. */
  private layer(path: string, op: string, inputs: string[], attributes: Attributes): string {
    const calls = this.calls.get(path) ?? []
    const other = calls.find(one => one !== op)
    if (other) throw wrong(`The module "${path}" is ${other} already. Give ${op} a path of its own.`)
    this.calls.set(path, [...calls, op])
    const called = calls.length > 0 ? `${path}_${calls.length}` : path
    const name = `/${called.replaceAll('.', '/')}/${op}`
    return this.put(op, inputs, name, `${name}_output_0`, attributes)
  }

  private put(op: string, inputs: string[], name: string, output: string, attributes: Attributes): string {
    for (const input of inputs) this.dims(input)
    const written = new Map(Object.entries(attributes))
    const node = { name, op, domain: '', inputs, outputs: [output], attributes: written, metadata: new Map() }
    this.nodes.push(node)
    inferNode(node, OPSET, this.known)
    if (this.known.has(output)) return output
    throw wrong(`${op} cannot take ${inputs.map(input => `[${this.dims(input).join(', ')}]`).join(' and ')}.`)
  }

  /** @throws HookscopeError `bad-argument` for a value that nobody has made */
  private dims(value: string): readonly number[] {
    const known = this.known.get(value)
    if (known) return known.dims
    throw wrong(
      `The graph has no value "${String(value)}" yet. A value's name is what input(), parameter() and layers return.`,
    )
  }

  /** @throws HookscopeError `bad-argument` where a value's shape does not fit */
  private check(what: string, value: string, fits: (dims: readonly number[]) => boolean): void {
    const dims = this.dims(value)
    if (!fits(dims)) throw wrong(`${what} does not fit "${value}", which is [${dims.join(', ')}].`)
  }

  /** @throws HookscopeError `bad-argument` for a name that something has */
  private take(name: string): void {
    if (this.known.has(name)) throw wrong(`The name "${name}" is taken. Give this one another.`)
  }
}

const OPSET = 17

const wrong = (sentence: string): HookscopeError => new HookscopeError('bad-argument', sentence)

function dimsOf(numbers: Numbers): readonly number[] {
  if (typeof numbers === 'number') return []
  return 'dims' in numbers ? numbers.dims : [numbers.length]
}

/** @throws HookscopeError `bad-argument` for a bias that is not one number an output */
function checkBias(path: string, bias: Numbers | undefined, out: number | undefined): void {
  if (bias === undefined || `${dimsOf(bias)}` === `${out}`) return
  throw wrong(`The bias of "${path}" is [${dimsOf(bias).join(', ')}], where its weight has ${out} outputs.`)
}

const isPicture = (dims: readonly number[], kernel: number): boolean =>
  dims.length === 4 && dims.slice(2).every(side => side >= kernel)

type Attributes = Readonly<Record<string, Attribute>>

/** @throws HookscopeError `bad-argument` for more or fewer numbers than the shape has */
function tensorOf(name: string, numbers: Numbers): Tensor {
  if (typeof numbers === 'number') return floatTensor([], [numbers])
  if ('dims' in numbers) {
    const { dims, data } = numbers
    if (data.length === sizeOf(dims)) return floatTensor(dims, data)
    throw wrong(
      `The parameter "${name}" is [${dims.join(', ')}], ${sizeOf(dims)} numbers; it was given ${data.length}.`,
    )
  }
  return floatTensor([numbers.length], numbers)
}
