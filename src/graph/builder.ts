import { HookscopeError } from '../errors'
import { int, ints } from './attributes'
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
 * their value.
 */
export class GraphBuilder {
  private readonly nodes: Node[] = []
  private readonly constants = new Map<string, Tensor>()
  private readonly inputs: Port[] = []
  private readonly outputs: string[] = []
  private count = 0

  /** A float32 input of this shape. */
  input(name: string, dims: readonly number[] = []): string {
    this.inputs.push({ name, type: 'float32', dims })
    return name
  }

  /** A float32 parameter, such as a leaf tensor that requires a gradient. */
  parameter(name: string, numbers: Numbers): string {
    this.constants.set(name, tensorOf(name, numbers))
    return name
  }

  /** a + b, broadcast. */
  add(a: Operand, b: Operand, name?: string): string {
    return this.operation('Add', [this.read(a), this.read(b)], name)
  }

  /** a · b by element, broadcast. */
  mul(a: Operand, b: Operand, name?: string): string {
    return this.operation('Mul', [this.read(a), this.read(b)], name)
  }

  /** Matrix product as torch.matmul has it; of two vectors their dot product. */
  matmul(a: string, b: string, name?: string): string {
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
    return this.layer(path, 'Gemm', [x, ...this.weights(path, weight, bias)], { transB: int(1) })
  }

  /** torch.nn.ReLU. */
  relu(path: string, x: string): string {
    return this.layer(path, 'Relu', [x], {})
  }

  /** torch.nn.MaxPool2d. */
  maxPool(path: string, x: string, kernel: number, stride = kernel): string {
    return this.layer(path, 'MaxPool', [x], { kernel_shape: ints([kernel, kernel]), strides: ints([stride, stride]) })
  }

  /** torch.nn.AdaptiveAvgPool2d(size) for a size that divides the input's; 1 is global average pooling. */
  averagePool(path: string, x: string, kernel?: number): string {
    return kernel === undefined
      ? this.layer(path, 'GlobalAveragePool', [x], {})
      : this.layer(path, 'AveragePool', [x], { kernel_shape: ints([kernel, kernel]), strides: ints([kernel, kernel]) })
  }

  output(value: string): this {
    this.outputs.push(value)
    return this
  }

  build(): Graph {
    return {
      name: 'built',
      irVersion: 8,
      opsets: new Map([['', 17]]),
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

  private weights(path: string, weight: Numbers, bias: Numbers | undefined): string[] {
    const own = this.parameter(`${path}.weight`, weight)
    return bias === undefined ? [own] : [own, this.parameter(`${path}.bias`, bias)]
  }

  private operation(op: string, inputs: string[], name: string | undefined, attributes: Attributes = {}): string {
    const value = name ?? `${op.toLowerCase()}_${this.count++}`
    return this.put(op, inputs, `/${value}`, value, attributes)
  }

  /** Named as torch's exporter names it, so that the path is read as from any file. */
  private layer(path: string, op: string, inputs: string[], attributes: Attributes): string {
    const name = `/${path.replaceAll('.', '/')}/${op}`
    return this.put(op, inputs, name, `${name}_output_0`, attributes)
  }

  private put(op: string, inputs: string[], name: string, output: string, attributes: Attributes): string {
    const written = new Map(Object.entries(attributes))
    this.nodes.push({ name, op, domain: '', inputs, outputs: [output], attributes: written, metadata: new Map() })
    return output
  }
}

type Attributes = Readonly<Record<string, Attribute>>

/** @throws HookscopeError `bad-argument` for more or fewer numbers than the shape has */
function tensorOf(name: string, numbers: Numbers): Tensor {
  if (typeof numbers === 'number') return floatTensor([], [numbers])
  if ('dims' in numbers) {
    const { dims, data } = numbers
    if (data.length === sizeOf(dims)) return floatTensor(dims, data)
    throw new HookscopeError(
      'bad-argument',
      `The parameter "${name}" is [${dims.join(', ')}], ${sizeOf(dims)} numbers; it was given ${data.length}.`,
    )
  }
  return floatTensor([numbers.length], numbers)
}
