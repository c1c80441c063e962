import { float } from '../../../src/graph/attributes'
import type { GradientCase } from '../check'

const swap = ([rows = 1, columns = 1]: readonly number[], swapped: boolean): number[] =>
  swapped ? [columns, rows] : [rows, columns]

/** A of 3 × 4 and B of 4 × 5, as activations both. */
function gemm(
  name: string,
  options: { transA?: boolean; transB?: boolean; alpha?: number; beta?: number; c?: readonly number[]; opset?: number },
): GradientCase {
  const { transA = false, transB = false, alpha = 1, beta = 1, c, opset = 17 } = options
  return {
    name: `Gemm: ${name}`,
    opset,
    build: g =>
      g.node(
        'Gemm',
        [g.input('a', swap([3, 4], transA)), g.input('b', swap([4, 5], transB)), ...(c ? [g.input('c', c)] : [])],
        { transA: Number(transA), transB: Number(transB), alpha: float(alpha), beta: float(beta) },
      ),
  }
}

const matMul = (name: string, a: readonly number[], b: readonly number[], opset = 17): GradientCase => ({
  name: `MatMul: ${name}, [${a}] · [${b}]`,
  opset,
  build: g => g.node('MatMul', [g.input('a', a), g.input('b', b)]),
})

const einsum = (equation: string, shapes: readonly (readonly number[])[], opset = 17): GradientCase => ({
  name: `Einsum: ${equation}, opset ${opset}`,
  opset,
  build: g =>
    g.node(
      'Einsum',
      shapes.map((dims, i) => g.input(`x${i}`, dims)),
      { equation },
    ),
})

const normalization = (dims: readonly number[], opset: number): GradientCase => ({
  name: `BatchNormalization: [${dims}], opset ${opset}`,
  opset,
  build: g => {
    const channels = [dims[1] ?? 1]
    const [scale, bias, mean] = [0, 1, 2].map(() => g.weight(channels))
    const variance = g.weight(channels, g.random(channels[0] ?? 1, 0.1, 2))
    return g.node('BatchNormalization', [g.input('x', dims), scale ?? '', bias ?? '', mean ?? '', variance], {
      epsilon: float(0.01),
    })
  },
})

export const linearCases: readonly GradientCase[] = [
  ...[false, true].flatMap(transA =>
    [false, true].flatMap(transB => [
      gemm(`transA ${transA}, transB ${transB}`, { transA, transB }),
      gemm(`transA ${transA}, transB ${transB}, alpha, beta`, { transA, transB, alpha: 0.5, beta: -1.5, c: [3, 5] }),
    ]),
  ),
  ...[[5], [1, 5], [3, 1], [1], []].map(c => gemm(`C of [${c}]`, { c, beta: 2 })),
  ...[false, true].map(transB => gemm(`opset 9, transB ${transB}`, { c: [5], transB, alpha: 2, opset: 9 })),
  matMul('matrices', [3, 4], [4, 5]),
  matMul('matrices, opset 9', [3, 4], [4, 5], 9),
  matMul('vector and matrix', [4], [4, 5]),
  matMul('matrix and vector', [3, 4], [4]),
  matMul('two vectors', [4], [4]),
  matMul('batches', [2, 3, 4], [2, 4, 5]),
  matMul('batch and matrix', [2, 3, 4], [4, 5]),
  matMul('matrix and batch', [3, 4], [2, 4, 5]),
  matMul('batches that broadcast both ways', [2, 1, 3, 4], [3, 4, 2]),
  matMul('batch of 1', [1, 3, 4], [2, 4, 5]),
  matMul('vector and batch', [4], [2, 4, 5]),
  matMul('batch and vector', [2, 3, 4], [4]),
  matMul('batch and vector, opset 11', [2, 2, 3, 4], [4], 11),
  normalization([2, 3, 4, 2], 17),
  normalization([2, 3, 4, 2], 9),
  normalization([3, 4], 15),
  ...[
    ['bij,bjk->bik', [2, 3, 4], [2, 4, 5]],
    ['bhid,bhjd->bhij', [2, 2, 3, 4], [2, 2, 5, 4]],
    ['ij,jk', [3, 4], [4, 5]],
    ['ba,cb', [3, 4], [2, 3]],
    ['i,j->ij', [3], [4]],
    ['ij,ij->', [3, 4], [3, 4]],
    ['ijk,kl->il', [2, 3, 4], [4, 5]],
    ['...ij,...jk->...ik', [2, 3, 4], [2, 4, 5]],
    ['...ij,jk->...ik', [2, 2, 3, 4], [4, 5]],
    ['b...d,dk->b...k', [2, 3, 2, 4], [4, 3]],
    ['nchw,cd->ndhw', [2, 3, 2, 2], [3, 4]],
  ].map(([equation, a, b]) => einsum(String(equation), [a, b] as number[][])),
  einsum('ii->i', [[3, 3]]),
  einsum('ii', [[4, 4]]),
  einsum('bii->bi', [[2, 3, 3]]),
  einsum('...ii,ij->...j', [
    [2, 3, 3],
    [3, 4],
  ]),
  einsum('iij,jj->i', [
    [2, 2, 3],
    [3, 3],
  ]),
  einsum('iii->', [[3, 3, 3]]),
  einsum('ij->ji', [[3, 4]]),
  einsum('ij->j', [[3, 4]], 12),
  einsum('bij->b', [[2, 3, 4]]),
  einsum('ab,bc,cd->ad', [
    [2, 3],
    [3, 4],
    [4, 2],
  ]),
]
