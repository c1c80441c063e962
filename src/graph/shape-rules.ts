import { intAttribute, intsAttribute, tensorAttribute } from './attributes'
import { integersOf, sizeOf } from './tensors'
import type { ElementType, Node } from './types'
import { windowOf } from './window'

/** What is known of a value before anything runs. */
export interface Known {
  readonly type: ElementType
  readonly dims: readonly number[]
  /** Content, for small integer constants: shapes, axes, indices. */
  readonly integers?: readonly number[]
}

export interface ShapeScope {
  readonly node: Node
  readonly opset: number
  /** undefined: an optional input that was left out. */
  readonly inputs: readonly (Known | undefined)[]
}

/** One entry an output; undefined where it cannot be told. */
export type ShapeRule = (scope: ShapeScope) => readonly (Known | undefined)[]

/** numpy's broadcasting; undefined where the shapes do not fit. */
export function broadcast(a: readonly number[], b: readonly number[]): number[] | undefined {
  const rank = Math.max(a.length, b.length)
  const dims: number[] = []
  for (let i = 0; i < rank; i++) {
    const x = a[a.length - rank + i] ?? 1
    const y = b[b.length - rank + i] ?? 1
    if (x !== y && x !== 1 && y !== 1) return undefined
    dims.push(x === 1 ? y : x)
  }
  return dims
}

export const positiveAxis = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis)

/** Axes of an operator that takes them as an attribute in older opsets and as an input in newer ones. */
export function axesOf(scope: ShapeScope, input: number): readonly number[] | undefined {
  return intsAttribute(scope.node, 'axes') ?? scope.inputs[input]?.integers
}

const same: ShapeRule = ({ inputs: [x] }) => [x && { type: x.type, dims: x.dims }]

const passing: ShapeRule = ({ inputs: [x] }) => [x, x && { type: 'bool', dims: x.dims }]

const binary =
  (op?: (a: number, b: number) => number, type?: ElementType): ShapeRule =>
  ({ inputs: [a, b] }) => {
    if (!a || !b) return []
    const dims = broadcast(a.dims, b.dims)
    if (!dims) return []
    const { integers: x } = a
    const { integers: y } = b
    const count = sizeOf(dims)
    const foldable = op && x && y && dims.length <= 1 && (x.length === count || x.length === 1)
    const integers = foldable
      ? Array.from({ length: count }, (_, i) => op(x[x.length === 1 ? 0 : i] ?? 0, y[y.length === 1 ? 0 : i] ?? 0))
      : undefined
    return [{ type: type ?? a.type, dims, ...(integers ? { integers } : {}) }]
  }

const conv: ShapeRule = ({ node, inputs: [x, w] }) => {
  if (!x || !w) return []
  const { output } = windowOf(node, x.dims.slice(2), w.dims.slice(2))
  return [{ type: x.type, dims: [x.dims[0] ?? 1, w.dims[0] ?? 1, ...output] }]
}

/** (in − 1)·stride + output_padding + (kernel − 1)·dilation + 1 − begin − end; `auto_pad` is left to the engine. */
const convTranspose: ShapeRule = ({ node, inputs: [x, w] }) => {
  if (!x || !w || node.attributes.has('auto_pad') || node.attributes.has('output_shape')) return []
  const spatial = x.dims.slice(2)
  const at = (name: string, i: number, absent: number) => intsAttribute(node, name)?.[i] ?? absent
  const output = spatial.map(
    (n, i) =>
      (n - 1) * at('strides', i, 1) +
      at('output_padding', i, 0) +
      ((w.dims[i + 2] ?? 1) - 1) * at('dilations', i, 1) +
      1 -
      at('pads', i, 0) -
      at('pads', i + spatial.length, 0),
  )
  return [{ type: x.type, dims: [x.dims[0] ?? 1, (w.dims[1] ?? 1) * intAttribute(node, 'group', 1), ...output] }]
}

const pool: ShapeRule = ({ node, inputs: [x] }) => {
  if (!x) return []
  const dims = [...x.dims.slice(0, 2), ...windowOf(node, x.dims.slice(2)).output]
  return [
    { type: x.type, dims },
    { type: 'int64', dims },
  ]
}

const globalPool: ShapeRule = ({ inputs: [x] }) =>
  x ? [{ type: x.type, dims: x.dims.map((d, axis) => (axis < 2 ? d : 1)) }] : []

const gemm: ShapeRule = ({ node, inputs: [a, b] }) => {
  const m = a?.dims[intAttribute(node, 'transA', 0) ? 1 : 0]
  const n = b?.dims[intAttribute(node, 'transB', 0) ? 0 : 1]
  return a && m !== undefined && n !== undefined ? [{ type: a.type, dims: [m, n] }] : []
}

const matMul: ShapeRule = ({ inputs: [a, b] }) => {
  if (!a || !b || a.dims.length === 0 || b.dims.length === 0) return []
  const left = a.dims.length === 1 ? [1, ...a.dims] : a.dims
  const right = b.dims.length === 1 ? [...b.dims, 1] : b.dims
  const batch = broadcast(left.slice(0, -2), right.slice(0, -2))
  if (!batch) return []
  const dims = [...batch]
  if (a.dims.length > 1) dims.push(left.at(-2) ?? 1)
  if (b.dims.length > 1) dims.push(right.at(-1) ?? 1)
  return [{ type: a.type, dims }]
}

const flatten: ShapeRule = ({ node, inputs: [x] }) => {
  if (!x) return []
  const axis = positiveAxis(intAttribute(node, 'axis', 1), x.dims.length)
  return [{ type: x.type, dims: [sizeOf(x.dims.slice(0, axis)), sizeOf(x.dims.slice(axis))] }]
}

const reshape: ShapeRule = ({ node, inputs: [x, shape] }) => {
  const asked = shape?.integers ?? intsAttribute(node, 'shape')
  if (!x || !asked) return []
  const copies = intAttribute(node, 'allowzero', 0) === 0
  const dims = asked.map((d, i) => (d === 0 && copies ? (x.dims[i] ?? 1) : d))
  const rest = dims.indexOf(-1)
  if (rest >= 0) dims[rest] = sizeOf(x.dims) / dims.reduce((product, d, i) => (i === rest ? product : product * d), 1)
  return [{ type: x.type, dims, ...(x.integers ? { integers: x.integers } : {}) }]
}

const transpose: ShapeRule = ({ node, inputs: [x] }) => {
  if (!x) return []
  const order = intsAttribute(node, 'perm') ?? x.dims.map((_, i) => x.dims.length - 1 - i)
  return [{ type: x.type, dims: order.map(axis => x.dims[axis] ?? 1) }]
}

const concat: ShapeRule = ({ node, inputs }) => {
  const [first] = inputs
  if (!first) return []
  const axis = positiveAxis(intAttribute(node, 'axis', 1), first.dims.length)
  const dims = first.dims.map((d, i) => (i === axis ? inputs.reduce((sum, x) => sum + (x?.dims[axis] ?? 0), 0) : d))
  const parts = inputs.map(x => x?.integers)
  const outermost = sizeOf(first.dims.slice(0, axis)) === 1
  const integers = outermost && parts.every(part => part !== undefined) ? parts.flat() : undefined
  return [{ type: first.type, dims, ...(integers ? { integers } : {}) }]
}

const reduce: ShapeRule = scope => {
  const [x] = scope.inputs
  if (!x) return []
  if (scope.node.inputs[1] && !scope.inputs[1]?.integers) return []
  const keep = intAttribute(scope.node, 'keepdims', 1) === 1
  const given = axesOf(scope, 1)
  const untouched = !given?.length && intAttribute(scope.node, 'noop_with_empty_axes', 0) === 1
  if (untouched) return [x]
  const axes = (given?.length ? given : x.dims.map((_, i) => i)).map(axis => positiveAxis(axis, x.dims.length))
  const dims = x.dims.flatMap((d, i) => (axes.includes(i) ? (keep ? [1] : []) : [d]))
  return [{ type: x.type, dims }]
}

const unsqueeze: ShapeRule = scope => {
  const [x] = scope.inputs
  const axes = axesOf(scope, 1)
  if (!x || !axes) return []
  const rank = x.dims.length + axes.length
  const added = new Set(axes.map(axis => positiveAxis(axis, rank)))
  const rest = [...x.dims]
  const dims = Array.from({ length: rank }, (_, i) => (added.has(i) ? 1 : (rest.shift() ?? 1)))
  return [{ type: x.type, dims, ...(x.integers ? { integers: x.integers } : {}) }]
}

const squeeze: ShapeRule = scope => {
  const [x] = scope.inputs
  if (!x || (scope.node.inputs[1] && !scope.inputs[1]?.integers)) return []
  const axes = axesOf(scope, 1)?.map(axis => positiveAxis(axis, x.dims.length))
  const dims = x.dims.filter((d, i) => (axes ? !axes.includes(i) : d !== 1))
  return [{ type: x.type, dims, ...(x.integers ? { integers: x.integers } : {}) }]
}

const gather: ShapeRule = ({ node, inputs: [x, index] }) => {
  if (!x || !index) return []
  const axis = positiveAxis(intAttribute(node, 'axis', 0), x.dims.length)
  const dims = [...x.dims.slice(0, axis), ...index.dims, ...x.dims.slice(axis + 1)]
  const { integers } = x
  const picked =
    integers && index.integers && x.dims.length === 1
      ? index.integers.map(i => integers[positiveAxis(i, integers.length)] ?? 0)
      : undefined
  return [{ type: x.type, dims, ...(picked ? { integers: picked } : {}) }]
}

const slice: ShapeRule = scope => {
  const { node, inputs } = scope
  const [x] = inputs
  const starts = inputs[1]?.integers ?? intsAttribute(node, 'starts')
  const ends = inputs[2]?.integers ?? intsAttribute(node, 'ends')
  if (!x || !starts || !ends || [3, 4].some(i => node.inputs[i] && !inputs[i]?.integers)) return []
  const axes = inputs[3]?.integers ?? intsAttribute(node, 'axes') ?? starts.map((_, i) => i)
  const steps = inputs[4]?.integers ?? starts.map(() => 1)
  if (steps.includes(0)) return []
  const dims = [...x.dims]
  let integers = x.dims.length === 1 ? x.integers : undefined
  axes.forEach((a, i) => {
    const axis = positiveAxis(a, dims.length)
    const n = x.dims[axis] ?? 0
    const step = steps[i] ?? 1
    const clamp = (v: number, low: number, high: number) => Math.min(Math.max(v < 0 ? v + n : v, low), high)
    const from = clamp(starts[i] ?? 0, 0, step > 0 ? n : n - 1)
    const to = clamp(ends[i] ?? n, step > 0 ? 0 : -1, n)
    const count = Math.max(Math.ceil((to - from) / step), 0)
    dims[axis] = count
    if (integers) {
      const source = integers
      integers = Array.from({ length: count }, (_, k) => source[from + k * step] ?? 0)
    }
  })
  return [{ type: x.type, dims, ...(integers ? { integers } : {}) }]
}

const pad: ShapeRule = ({ node, inputs: [x, pads, , axes] }) => {
  const amounts = pads?.integers ?? intsAttribute(node, 'pads')
  if (!x || !amounts || (node.inputs[3] && !axes?.integers)) return []
  const on = axes?.integers ?? x.dims.map((_, i) => i)
  const dims = [...x.dims]
  on.forEach((a, i) => {
    const axis = positiveAxis(a, dims.length)
    dims[axis] = (dims[axis] ?? 0) + (amounts[i] ?? 0) + (amounts[i + on.length] ?? 0)
  })
  return [{ type: x.type, dims }]
}

const TYPES: Readonly<Record<number, ElementType>> = {
  1: 'float32',
  2: 'uint8',
  3: 'int8',
  5: 'int16',
  6: 'int32',
  7: 'int64',
  9: 'bool',
  10: 'float16',
  11: 'float64',
}

const cast: ShapeRule = ({ node, inputs: [x] }) => {
  const type = TYPES[intAttribute(node, 'to', 0)]
  if (!x || !type) return []
  const whole = type === 'int64' || type === 'int32'
  return [{ type, dims: x.dims, ...(whole && x.integers ? { integers: x.integers } : {}) }]
}

const constant: ShapeRule = ({ node }) => {
  const tensor = tensorAttribute(node, 'value')
  if (tensor) {
    const integers = sizeOf(tensor.dims) <= 64 ? integersOf(tensor) : undefined
    return [{ type: tensor.type, dims: tensor.dims, ...(integers ? { integers } : {}) }]
  }
  const list = intsAttribute(node, 'value_ints')
  if (list) return [{ type: 'int64', dims: [list.length], integers: list }]
  if (node.attributes.has('value_int'))
    return [{ type: 'int64', dims: [], integers: [intAttribute(node, 'value_int', 0)] }]
  return node.attributes.has('value_float') ? [{ type: 'float32', dims: [] }] : []
}

const shape: ShapeRule = ({ node, inputs: [x] }) => {
  if (!x) return []
  const rank = x.dims.length
  const integers = x.dims.slice(intAttribute(node, 'start', 0), intAttribute(node, 'end', rank))
  return [{ type: 'int64', dims: [integers.length], integers }]
}

const where: ShapeRule = ({ inputs: [condition, x, y] }) => {
  if (!condition || !x || !y) return []
  const values = broadcast(x.dims, y.dims)
  const dims = values && broadcast(condition.dims, values)
  return dims ? [{ type: x.type, dims }] : []
}

const fold: ShapeRule = ({ inputs }) => {
  const [first] = inputs
  const dims = inputs.reduce<number[] | undefined>((dims, x) => dims && x && broadcast(dims, x.dims), [])
  return first && dims ? [{ type: first.type, dims }] : []
}

const each = (ops: readonly string[], rule: ShapeRule): Record<string, ShapeRule> =>
  Object.fromEntries(ops.map(op => [op, rule]))

const comparison = binary(undefined, 'bool')

/** How each operator's output shapes follow from its inputs, by ONNX's definition of the operator. */
export const SHAPE_RULES: Readonly<Record<string, ShapeRule>> = {
  ...each(
    ['Abs', 'Ceil', 'Clip', 'Elu', 'Erf', 'Exp', 'Floor', 'Gelu', 'HardSigmoid', 'HardSwish', 'InstanceNormalization'],
    same,
  ),
  ...each(
    ['LayerNormalization', 'LeakyRelu', 'Log', 'LogSoftmax', 'LRN', 'Neg', 'Not', 'PRelu', 'Reciprocal', 'Relu'],
    same,
  ),
  ...each(
    ['BatchNormalization', 'Round', 'Selu', 'Sigmoid', 'Sign', 'Softmax', 'Softplus', 'Sqrt', 'Tanh', 'CumSum'],
    same,
  ),
  ...each(['Identity', 'Dropout'], passing),
  ...each(['Max', 'Min', 'Sum', 'Mean'], fold),
  ...each(['Equal', 'Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual', 'And', 'Or', 'Xor'], comparison),
  ...each(['MaxPool', 'AveragePool', 'LpPool'], pool),
  ...each(['GlobalAveragePool', 'GlobalMaxPool'], globalPool),
  ...each(['ReduceMean', 'ReduceSum', 'ReduceMax', 'ReduceMin', 'ReduceProd', 'ReduceL2'], reduce),
  Add: binary((a, b) => a + b),
  Sub: binary((a, b) => a - b),
  Mul: binary((a, b) => a * b),
  Div: binary((a, b) => Math.trunc(a / b)),
  Pow: binary(),
  Cast: cast,
  Concat: concat,
  Constant: constant,
  Conv: conv,
  ConvTranspose: convTranspose,
  Flatten: flatten,
  Gather: gather,
  Gemm: gemm,
  MatMul: matMul,
  Pad: pad,
  Reshape: reshape,
  Shape: shape,
  Slice: slice,
  Squeeze: squeeze,
  Transpose: transpose,
  Unsqueeze: unsqueeze,
  Where: where,
}
