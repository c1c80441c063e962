import { float } from '../../../src/graph/attributes'
import type { Graph, Port } from '../../../src/graph/types'
import { declared, valueInfo, withFunction } from '../../support/proto'
import { file, middle, Net, type Written } from '../net'
import type { Row } from '../row'

/** A file whose output is declared, as exporters do. */
export function fixed({ bytes, truth }: Written): Written {
  return { bytes: declared(bytes, [valueInfo('y', [1, 5])]), truth }
}

export const simple = (name: string, write: (g: Net) => unknown, opset = 13, layers = ['c1', 'f']): Row => ({
  name: `operator: ${name}`,
  file: () => fixed(file(middle(name, write, opset))),
  right: { logits: 'y', layers },
})

/** Written in one way in the file, in another in the truth, with the same weights. */
export const restated = (
  name: string,
  write: (g: Net) => unknown,
  truth: (g: Net) => unknown,
  opset = 13,
  change: (graph: Graph) => Graph = graph => graph,
  layers = ['c1', 'f'],
): Row => ({
  name: `operator: ${name}`,
  file: () => {
    const written = file(middle(name, write, opset), change(middle(name, write, opset).build()))
    return fixed({ bytes: written.bytes, truth: middle(name, truth, opset).build() })
  },
  right: { logits: 'y', layers },
})

export const microsoft = (graph: Graph): Graph => ({
  ...graph,
  opsets: new Map([...graph.opsets, ['com.microsoft', 1]]),
})
const own = { domain: 'com.microsoft' }

/** An If over the features: −f where their mean is above 0, which it is after a ReLU, else f itself. */
function branching(condition: 'constant' | 'computed'): Row {
  const port: Port = { name: 'cond', type: 'bool', dims: [] }
  const body = (name: string, op: string) => ({
    ...{ name, inputs: [], outputs: [name], constants: new Map() },
    nodes: [{ op, inputs: ['f'], outputs: [name], name: '', domain: '', attributes: new Map(), metadata: new Map() }],
  })
  const write = (g: Net) => {
    if (condition === 'constant') g.constant('cond', { type: port.type, dims: [], bytes: Uint8Array.of(1) })
    else {
      g.at('rm', 'ReduceMean', ['f'], { keepdims: 0 })
      g.at('cond', 'Greater', ['rm', g.number(0)])
    }
    g.at('m', 'If', ['cond'], {
      then_branch: { kind: 'graph', value: body('t', 'Neg') },
      else_branch: { kind: 'graph', value: body('e', 'Identity') },
    })
  }
  return {
    ...simple(`If, its condition ${condition}`, write),
    right: condition === 'constant' ? { logits: 'y' } : { logits: 'y', layers: ['m'], inputGradient: false },
  }
}

function localFunction(): Written {
  const g = new Net('function', 18).picture()
  const [w, b] = [g.some(4, 3, 3, 3), g.some(4)]
  const plain = new Net('function', 18).picture()
  plain.at('c1', 'Conv', ['x', plain.some(4, 3, 3, 3), plain.some(4)], { pads: [1, 1, 1, 1] })
  plain.at('f', 'Relu', ['c1'])
  g.at('f', 'ConvRelu', ['x', w, b], {}, { domain: 'my.ops' })
  for (const net of [g, plain]) {
    net.back()
    net.output('y')
  }
  const body = new Net('body', 18)
  for (const name of ['fx', 'fw', 'fb']) body.input(name, [1])
  body.at('t', 'Conv', ['fx', 'fw', 'fb'], { pads: [1, 1, 1, 1] })
  body.at('fy', 'Relu', ['t'])
  const written = file(g, {
    opsets: new Map([
      ['', 18],
      ['my.ops', 1],
    ]),
  })
  return fixed({
    bytes: withFunction(written.bytes, 'my.ops', 'ConvRelu', body.output('fy').build()),
    truth: plain.build(),
  })
}

const convolved = (g: Net, out = 'm') => g.at(out, 'Conv', ['f', g.some(4, 4, 3, 3)], { pads: [1, 1, 1, 1] })

export const operatorRows: readonly Row[] = [
  simple('Atan', g => g.at('m', 'Atan', ['f'])),
  simple('Shrink', g => g.at('m', 'Shrink', ['c1'], { lambd: float(0.3), bias: float(0.1) }), 13, ['c1']),
  simple('Sin and Cos', g => g.at('m', 'Sin', [g.at('co', 'Cos', ['f'])])),
  simple('CumSum', g => g.at('m', 'CumSum', ['f', g.ints([3], [])], { exclusive: 1 })),
  simple('ReduceProd', g => {
    g.at('half', 'Add', ['f', g.number(0.5)])
    g.at('p', 'ReduceProd', ['half'], { axes: [1], keepdims: 1 })
    g.at('m', 'Mul', ['f', 'p'])
  }),
  simple('ConvTranspose', g =>
    g.at('m', 'ConvTranspose', ['f', g.some(4, 4, 3, 3), g.some(4)], { strides: [2, 2], output_padding: [1, 1] }),
  ),
  // Where all channels are 0 it has no derivative; the ReLU before it has none either.
  simple('LpNormalization', g => g.at('m', 'LpNormalization', ['f'], { axis: 1, p: 2 }), 13, ['c1']),
  simple('RMSNormalization', g => g.at('m', 'RMSNormalization', ['f', g.some(16)], { axis: -1 }), 23),
  simple('Swish', g => g.at('m', 'Swish', ['c1']), 24, ['c1']),
  restated(
    'com.microsoft FusedConv',
    g =>
      g.at(
        'm',
        'FusedConv',
        ['f', g.some(4, 4, 3, 3)],
        { activation: 'Relu', pads: [1, 1, 1, 1], kernel_shape: [3, 3] },
        own,
      ),
    g => g.at('m', 'Relu', [convolved(g, 'fused')]),
    13,
    microsoft,
  ),
  restated(
    'com.microsoft Gelu',
    g => g.at('m', 'Gelu', ['c1'], {}, own),
    g => g.at('m', 'Gelu', ['c1']),
    13,
    microsoft,
    ['c1'],
  ),
  restated(
    'com.microsoft QuickGelu',
    g => g.at('m', 'QuickGelu', ['c1'], { alpha: float(1.702) }, own),
    g => g.at('m', 'Swish', ['c1'], { alpha: float(1.702) }),
    13,
    microsoft,
    ['c1'],
  ),
  restated(
    'com.microsoft FusedMatMul',
    g => g.at('m', 'FusedMatMul', ['f', g.some(16, 16)], { alpha: float(0.5), transB: 1 }, own),
    g => {
      g.at('wt', 'Transpose', [g.some(16, 16)], { perm: [1, 0] })
      g.at('m', 'Mul', [g.at('mm', 'MatMul', ['f', 'wt']), g.number(0.5)])
    },
    13,
    microsoft,
  ),
  branching('constant'),
  branching('computed'),
  { name: 'a local function', file: localFunction, right: { logits: 'y', layers: ['f'] } },
]
