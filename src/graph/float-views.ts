import { isQuantized } from './traits'
import type { Graph, Node } from './types'

/** Where an operator names the scale of its result; the zero point is behind it. */
const SCALE_AT: Readonly<Record<string, number>> = {
  QuantizeLinear: 1,
  QLinearConv: 6,
  QLinearMatMul: 6,
  QLinearAdd: 6,
  QLinearMul: 6,
  QLinearConcat: 0,
  QLinearGlobalAveragePool: 3,
  QLinearAveragePool: 3,
  QLinearSigmoid: 3,
  QLinearLeakyRelu: 3,
  QGemm: 7,
}

/** One scale for all: an axis, or another type, is written as an attribute of the quantization. */
const isWhole = ({ op, domain, attributes }: Node): boolean =>
  op !== 'QuantizeLinear' || (domain === '' && attributes.size === 0)

/**
 * Puts the real numbers between whole ones: behind an operator that gives whole numbers to another one they are
 * dequantized, and quantized again for who reads them, which changes no bit. Without that such a network has no layer
 * whose values could be looked at.
 */
export function withFloatViews(graph: Graph): Graph {
  if (!graph.nodes.some(isQuantized)) return graph
  const outputs = new Set(graph.outputs)
  const readers = new Map<string, Node[]>()
  for (const node of graph.nodes)
    for (const input of node.inputs) {
      const list = readers.get(input)
      if (list) list.push(node)
      else readers.set(input, [node])
    }
  const renamed = new Map<string, string>()
  const nodes = graph.nodes.flatMap(node => {
    const [value = ''] = node.outputs
    const at = isQuantized(node) && isWhole(node) ? (SCALE_AT[node.op] ?? -1) : -1
    const [scale, zero] = [node.inputs[at], node.inputs[at + 1]]
    const onlyUndone = (readers.get(value) ?? []).every(reader => reader.op === 'DequantizeLinear')
    if (!scale || !zero || onlyUndone || outputs.has(value)) return [node]
    renamed.set(value, `${value}:quantized`)
    const view = (op: string, input: string, output: string): Node => ({
      name: node.name && `${node.name}_${op}`,
      op,
      domain: '',
      inputs: [input, scale, zero],
      outputs: [output],
      attributes: new Map(),
      metadata: node.metadata,
    })
    const own = { ...node, outputs: [`${value}:whole`, ...node.outputs.slice(1)] }
    return [own, view('DequantizeLinear', `${value}:whole`, value), view('QuantizeLinear', value, `${value}:quantized`)]
  })
  if (renamed.size === 0) return graph
  const read = (input: string) => renamed.get(input) ?? input
  const viewed = new Set(renamed.keys())
  const { valueInfo } = graph
  return {
    ...graph,
    ...(valueInfo && { valueInfo: valueInfo.filter(({ name }) => !viewed.has(name)) }),
    nodes: nodes.map(node =>
      node.op === 'QuantizeLinear' && viewed.has(node.inputs[0] ?? '')
        ? node
        : { ...node, inputs: node.inputs.map(read) },
    ),
  }
}
