import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { ModelProtoSchema, type TensorProto } from 'onnx-buf'

/** How seeded.py makes one parameter. */
interface Recipe {
  readonly name: string
  readonly shape: readonly number[]
  readonly scale: number
  readonly offset: number
  /** Axes of the parameter in the order in which the graph has them. */
  readonly order?: readonly number[]
}

/** How the exporter folds BatchNorm into the convolution before it. */
interface Fold {
  readonly fold: 'weight' | 'bias'
  readonly eps: number
  readonly conv?: Recipe
  readonly bias?: Recipe
  readonly gamma: Recipe
  readonly beta: Recipe
  readonly mean: Recipe
  readonly var: Recipe
}

/** FNV-1a. */
function seedOf(name: string): number {
  let hash = 2166136261
  for (const byte of new TextEncoder().encode(name)) hash = Math.imul(hash ^ byte, 16777619)
  return hash
}

/** The values that seeded.py makes, bit by bit. */
export function seeded(name: string, count: number, scale: number, offset = 0): Float32Array {
  const seed = seedOf(name)
  const [factor, shift] = [Math.fround(scale), Math.fround(offset)]
  const values = new Float32Array(count)
  for (let i = 0; i < count; i++) {
    let h = (Math.imul(i, 0x9e3779b1) + seed) | 0
    h ^= h >>> 16
    h = Math.imul(h, 0x85ebca6b)
    h ^= h >>> 13
    h = Math.imul(h, 0xc2b2ae35)
    h ^= h >>> 16
    values[i] = shift + Math.fround(factor * ((h >>> 8) / 2 ** 23 - 1))
  }
  return values
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1)

function parameter({ name, shape, scale, offset, order }: Recipe): Float32Array {
  const values = seeded(name, sizeOf(shape), scale, offset)
  return order ? permuted(values, shape, order) : values
}

function permuted(values: Float32Array, shape: readonly number[], order: readonly number[]): Float32Array {
  const strides = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)))
  const dims = order.map(axis => shape[axis] ?? 1)
  return values.map((_, i) => {
    let from = 0
    let rest = i
    for (let k = dims.length - 1; k >= 0; k--) {
      const size = dims[k] ?? 1
      from += (rest % size) * (strides[order[k] ?? 0] ?? 0)
      rest = Math.floor(rest / size)
    }
    return values[from] ?? Number.NaN
  })
}

/** w · γ / √(σ² + ε), and (b − μ) · γ / √(σ² + ε) + β */
function folded({ fold, eps, conv, bias, ...norm }: Fold): Float32Array {
  const [gamma, beta, mean, variance] = [norm.gamma, norm.beta, norm.mean, norm.var].map(parameter)
  const gain = Float64Array.from(gamma ?? [], (value, c) => value / Math.sqrt((variance?.[c] ?? Number.NaN) + eps))
  if (fold === 'bias') {
    const shift = bias ? parameter(bias) : undefined
    return Float32Array.from(gain, (factor, c) => ((shift?.[c] ?? 0) - (mean?.[c] ?? 0)) * factor + (beta?.[c] ?? 0))
  }
  if (!conv) throw new Error('a folded weight without a convolution')
  const weight = parameter(conv)
  const each = weight.length / gain.length
  return weight.map((value, i) => value * (gain[Math.floor(i / each)] ?? Number.NaN))
}

function grow(tensor: TensorProto): void {
  if (tensor.docString === '') return
  const how = JSON.parse(tensor.docString) as Recipe | Fold
  const values = 'fold' in how ? folded(how) : parameter(how)
  tensor.rawData = new Uint8Array(values.buffer as ArrayBuffer)
}

/** A whole file again from a graph whose weights export.py left out. */
export function withWeights(bytes: Uint8Array): Uint8Array {
  const model = fromBinary(ModelProtoSchema, bytes)
  for (const tensor of model.graph?.initializer ?? []) grow(tensor)
  for (const node of model.graph?.node ?? []) for (const { t } of node.attribute) if (t) grow(t)
  return toBinary(ModelProtoSchema, create(ModelProtoSchema, model))
}
