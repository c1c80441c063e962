import { printable } from '../errors'

/** Element types by their ONNX names; the numbers of TensorProto.DataType are the file format's business. */
export type ElementType =
  | 'float32'
  | 'float16'
  | 'float64'
  | 'bfloat16'
  | 'int8'
  | 'int16'
  | 'int32'
  | 'int64'
  | 'uint8'
  | 'uint16'
  | 'uint32'
  | 'uint64'
  | 'bool'
  | 'string'
  | 'uint4'
  | 'int4'
  | 'float8e4m3fn'
  | 'float8e4m3fnuz'
  | 'float8e5m2'
  | 'float8e5m2fnuz'

/** Constant data: little-endian elements, row-major; of 4 bits two a byte, the lower first. `bytes` may be a view into the file. */
export interface Tensor {
  readonly type: ElementType
  readonly dims: readonly number[]
  readonly bytes: Uint8Array
  /** Of a tensor of texts, which has no bytes; a character stands for a byte. */
  readonly strings?: readonly string[]
}

/** Attributes keep their ONNX kind, for `1` as an int and as a float are written differently. */
export type Attribute =
  | { readonly kind: 'int'; readonly value: number }
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'ints'; readonly value: readonly number[] }
  | { readonly kind: 'floats'; readonly value: readonly number[] }
  | { readonly kind: 'strings'; readonly value: readonly string[] }
  | { readonly kind: 'tensor'; readonly value: Tensor }
  | { readonly kind: 'graph'; readonly value: Body }
  /** An attribute that the project does not look into: the file format's own message, passed through. */
  | { readonly kind: 'opaque'; readonly value: unknown }

/** One operator. An omitted optional input is the empty string. */
export interface Node {
  readonly name: string
  readonly op: string
  readonly domain: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes: ReadonlyMap<string, Attribute>
  readonly metadata: ReadonlyMap<string, string>
}

/** A value that is fed. A dimension without a number is given by name, or by '' if it has none. */
export interface Port {
  readonly name: string
  readonly type: ElementType
  readonly dims: readonly (number | string)[]
  /** The file's denotations: `IMAGE` for a picture; of its axes `DATA_BATCH`, `DATA_CHANNEL`, …. */
  readonly denotation?: { readonly type: string; readonly axes: readonly string[] }
}

/** An input of a body that is no tensor, or of no stated type: the file format's own message, passed through. */
export interface OpaquePort {
  readonly name: string
  readonly message: unknown
}

/** The body of a control-flow operator: sees the values of the graph around it. */
export interface Body {
  readonly name: string
  readonly inputs: readonly (Port | OpaquePort)[]
  readonly nodes: readonly Node[]
  readonly constants: ReadonlyMap<string, Tensor>
  readonly outputs: readonly string[]
}

/** A whole network. */
export interface Graph {
  readonly name: string
  readonly irVersion: number
  /** Version of each operator set by its domain; '' is ONNX's own. */
  readonly opsets: ReadonlyMap<string, number>
  readonly producer: string
  /** The file's metadata: `Image.BitmapPixelFormat`, `names`, …. */
  readonly metadata?: ReadonlyMap<string, string>
  /** Without those that have an initializer. */
  readonly inputs: readonly Port[]
  /** Inputs that have an initializer, their default. */
  readonly defaults?: readonly Port[]
  readonly outputs: readonly string[]
  /** The file's `value_info` of tensors inside and of its outputs. It may be out of date. */
  readonly valueInfo?: readonly Port[]
  readonly nodes: readonly Node[]
  readonly constants: ReadonlyMap<string, Tensor>
}

/** Where a node stands, for an error's sentence: `Conv "/layer1/conv1/Conv"`. */
export function nodeLabel(node: Node): string {
  const op = node.domain ? `${node.domain}.${node.op}` : node.op
  const output = node.outputs.find(Boolean)
  const makes = output ? `that makes "${output}"` : 'that makes nothing'
  return printable(`${op} ${node.name ? `"${node.name}"` : makes}`)
}
