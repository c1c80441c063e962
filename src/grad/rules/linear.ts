import { float, floatAttribute, int, intAttribute, ints } from '../../graph/attributes'
import type { Emitter } from '../emitter'
import type { Rule } from '../rule'

/**
 * Y = α·A'·B' + β·C with A' = Aᵀ where transA, B' likewise.
 * dA' = α·dY·B'ᵀ, dB' = α·A'ᵀ·dY, each transposed where its matrix was; dC = β·dY.
 */
const Gemm: Rule = ({ node, emit, I, GO, wants }) => {
  const a = intAttribute(node, 'transA', 0) === 1
  const b = intAttribute(node, 'transB', 0) === 1
  const alpha = floatAttribute(node, 'alpha', 1)
  const beta = floatAttribute(node, 'beta', 1)
  /** Until opset 11 C must be there. */
  const gemm = (left: string, right: string, transA: boolean, transB: boolean) =>
    emit.op('Gemm', [left, right, ...(emit.opset < 11 ? [emit.scalar(0)] : [])], {
      alpha: float(alpha),
      transA: int(transA ? 1 : 0),
      transB: int(transB ? 1 : 0),
    })
  return [
    wants(0) ? (a ? gemm(I(1), GO, b, true) : gemm(GO, I(1), false, !b)) : null,
    wants(1) ? (b ? gemm(GO, I(0), true, a) : gemm(I(0), GO, !a, false)) : null,
    wants(2) ? (beta === 1 ? GO : emit.op('Mul', [GO, emit.scalar(beta)])) : null,
  ]
}

/** dA = dY·Bᵀ, dB = Aᵀ·dY over the last two axes; a vector counts as a matrix of one row or column. */
const MatMul: Rule = ({ emit, I, GO, wants }) => {
  const [a, b] = [emit.shape(I(0)), emit.shape(I(1))]
  const left = a.length === 1 ? emit.reshape(I(0), [1, ...a]) : I(0)
  const right = b.length === 1 ? emit.reshape(I(1), [...b, 1]) : I(1)
  const batch = emit.shape(GO).slice(0, emit.shape(GO).length - (a.length > 1 ? 1 : 0) - (b.length > 1 ? 1 : 0))
  const rows = emit.shape(left).at(-2) ?? 1
  const columns = emit.shape(right).at(-1) ?? 1
  const dY = a.length === 1 || b.length === 1 ? emit.reshape(GO, [...batch, rows, columns]) : GO
  const back = (gradient: string, dims: readonly number[]) =>
    dims.length === 1 ? emit.reshape(emit.unbroadcast(gradient, matrixOf(gradient, emit)), dims) : gradient
  return [
    wants(0) ? back(emit.op('MatMul', [dY, transposed(right, emit)]), a) : null,
    wants(1) ? back(emit.op('MatMul', [transposed(left, emit), dY]), b) : null,
  ]
}

const matrixOf = (value: string, emit: Emitter): readonly number[] => emit.shape(value).slice(-2)

function transposed(value: string, emit: Emitter): string {
  const rank = emit.shape(value).length
  const order = Array.from({ length: rank }, (_, axis) => axis)
  return emit.op('Transpose', [value], { perm: ints([...order.slice(0, -2), rank - 1, rank - 2]) })
}

export const linearRules = { Gemm, MatMul }
