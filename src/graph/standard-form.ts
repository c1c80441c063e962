import { intAttribute } from './attributes'
import type { Node } from './types'

/** The operator of ONNX's own that another stands for, and which of its inputs are that one's. */
const FORMS: Readonly<Record<string, { readonly op: string; readonly inputs: readonly number[] }>> = {
  ConvInteger: { op: 'Conv', inputs: [0, 1] },
  FusedConv: { op: 'Conv', inputs: [0, 1, 2] },
  QLinearConv: { op: 'Conv', inputs: [0, 3] },
  MatMulInteger: { op: 'MatMul', inputs: [0, 1] },
  QLinearMatMul: { op: 'MatMul', inputs: [0, 3] },
  QLinearAdd: { op: 'Add', inputs: [0, 3] },
  QLinearMul: { op: 'Mul', inputs: [0, 3] },
  QLinearAveragePool: { op: 'AveragePool', inputs: [0] },
  QLinearGlobalAveragePool: { op: 'GlobalAveragePool', inputs: [0] },
}

/** A fused or quantized node as the standard one from which its axes and places follow. */
export function standardForm(node: Node): Node {
  const form = Object.hasOwn(FORMS, node.op) ? FORMS[node.op] : undefined
  if (!form || intAttribute(node, 'channels_last', 0) === 1) return node
  return { ...node, op: form.op, domain: '', inputs: form.inputs.map(i => node.inputs[i] ?? '') }
}
