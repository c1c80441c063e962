import { intAttribute } from '../attributes'
import { einsumOf } from '../einsum'
import { asFloatForm } from './quantized'
import { broadcast, type ShapeRule } from './value-info'

const gemm: ShapeRule = ({ node, inputs: [a, b] }) => {
  const m = a?.dims[intAttribute(node, 'transA', 0) ? 1 : 0]
  const n = b?.dims[intAttribute(node, 'transB', 0) ? 0 : 1]
  return a && m !== undefined && n !== undefined ? [{ type: a.type, dims: [m, n] }] : []
}

export const matMul: ShapeRule = ({ inputs: [a, b] }) => {
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

/** An axis under one letter has the same size everywhere, or 1 where the ellipsis repeats it. */
const einsum: ShapeRule = ({ node, inputs }) => {
  const [first] = inputs
  const ranks = inputs.map(x => x?.dims.length ?? 0)
  const equation = einsumOf(node, ranks)
  if (!first || !equation) return []
  const sizes = new Map<string, number>()
  equation.operands.forEach((letters, i) => {
    letters.forEach((letter, axis) => {
      sizes.set(letter, Math.max(sizes.get(letter) ?? 1, inputs[i]?.dims[axis] ?? 1))
    })
  })
  return [{ type: first.type, dims: equation.result.map(letter => sizes.get(letter) ?? 1) }]
}

const det: ShapeRule = ({ inputs: [x] }) => (x ? [{ type: x.type, dims: x.dims.slice(0, -2) }] : [])

export const linearShapes: Readonly<Record<string, ShapeRule>> = {
  Det: det,
  Einsum: einsum,
  Gemm: gemm,
  MatMul: matMul,
  MatMulInteger: asFloatForm(matMul, [0, 1], () => 'int32'),
  QLinearMatMul: asFloatForm(matMul, [0, 3], inputs => inputs[7]?.type),
}
