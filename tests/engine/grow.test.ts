import { expect, it } from 'vitest'
import { grow } from '../../src/engine/grow'
import { int, ints } from '../../src/graph/attributes'
import { CODE_OF_TYPE } from '../../src/graph/element-codes'
import { indexGraph } from '../../src/graph/graph-index'
import { intTensor, sizeOf } from '../../src/graph/tensors'
import type { Attribute, ElementType, Graph, Node, Tensor } from '../../src/graph/types'
import { readOnnx } from '../../src/onnx/read'
import { writeApart } from '../../src/onnx/write'
import { runGraph } from '../support/execute'
import { modelBytes } from '../support/golden'

const SIZES: Partial<Record<ElementType, number>> = { int8: 1, uint8: 1, int16: 2, uint16: 2, float16: 2, float64: 8 }

/** Any bits but those of exponents of all ones, which are no numbers. */
function anyOf(type: ElementType, dims: readonly number[], seed: number): Tensor {
  const size = SIZES[type] ?? 4
  const bytes = Uint8Array.from({ length: sizeOf(dims) * size }, (_, i) => (i * 2654435761 * (seed + 1)) >>> 13)
  if (type.startsWith('float')) for (let i = size - 1; i < bytes.length; i += size) bytes[i] = (bytes[i] ?? 0) & 0xbf
  return { type, dims, bytes }
}

const node = (op: string, inputs: readonly string[], output: string, attributes: Record<string, Attribute>): Node => ({
  ...{ name: output, op, domain: '', inputs, outputs: [output] },
  attributes: new Map(Object.entries(attributes)),
  metadata: new Map(),
})

const graphOf = (nodes: readonly Node[], constants: Record<string, Tensor>, outputs: readonly string[]): Graph => ({
  ...{ name: 'weights', irVersion: 8, opsets: new Map([['', 17]]), producer: '', inputs: [] },
  ...{ nodes, constants: new Map(Object.entries(constants)), outputs },
})

const to = (type: ElementType) => ({ to: int(CODE_OF_TYPE[type] ?? 0) })

const FORMS: Record<string, [op: string, inputs: readonly Tensor[], attributes?: Record<string, Attribute>]> = {
  'float16 as float32': ['Cast', [anyOf('float16', [300, 7], 1)], to('float32')],
  'float64 as float32': ['Cast', [anyOf('float64', [50], 2)], to('float32')],
  'int8 as float32': ['Cast', [anyOf('int8', [5, 60], 3)], to('float32')],
  'int32 as float32, which rounds it': ['Cast', [anyOf('int32', [500], 4)], to('float32')],
  'uint8 as int32': ['Cast', [anyOf('uint8', [256], 5)], to('int32')],
  'a product by channel': ['Mul', [anyOf('float32', [6, 3, 5, 5], 6), anyOf('float32', [6, 1, 1, 1], 7)]],
  'a difference where both are broadcast': ['Sub', [anyOf('float32', [4, 1, 5], 8), anyOf('float32', [3, 1], 9)]],
  'a sum with a row': ['Add', [anyOf('float32', [7], 10), anyOf('float32', [2, 3, 7], 11)]],
  'a sum of int32 that overflows': ['Add', [anyOf('int32', [9, 30], 12), anyOf('int32', [9, 1], 13)]],
  'one scale': ['DequantizeLinear', [anyOf('int8', [8, 9], 14), anyOf('float32', [], 15), anyOf('int8', [], 16)]],
  'a scale a channel': [
    'DequantizeLinear',
    [anyOf('uint8', [4, 5, 6], 17), anyOf('float32', [5], 18), anyOf('uint8', [5], 19)],
    { axis: int(-2) },
  ],
  'int32 of a bias': ['DequantizeLinear', [anyOf('int32', [300], 20), anyOf('float32', [], 21)]],
  'table rows': ['Gather', [anyOf('float32', [6, 2], 22), intTensor([5, 0, -1, 3], [2, 2])]],
  'table columns': ['Gather', [anyOf('float32', [3, 4, 5], 23), intTensor([2, 2, -4])], { axis: int(1) }],
  'a shape with 0 and −1': ['Reshape', [anyOf('float32', [4, 6], 24), intTensor([0, -1, 2])]],
}

it.each(Object.entries(FORMS))('%s: the bits are ONNX Runtime’s', async (_, [op, inputs, attributes = {}]) => {
  const names = inputs.map((_, i) => `c${i}`)
  const constants = Object.fromEntries(inputs.map((tensor, i) => [`c${i}`, tensor]))
  const graph = graphOf([node(op, names, 'w', attributes)], constants, ['w'])
  const { nodes, constants: grown } = grow(indexGraph(graph), new Set(['w']))
  expect(nodes).toEqual([])
  const { dims, type, bytes } = grown.get('w') ?? anyOf('float32', [], 0)
  const expected = await runGraph(graph, new Map(), ['w'], async value => {
    const numbers = type === 'float32' ? await value.read() : Int32Array.from(await value.numbers())
    return { type: value.type, dims: [...value.dims], bytes: new Uint8Array(numbers.buffer) }
  })
  expect({ type, dims: [...dims], bytes: new Uint8Array(bytes) }).toEqual(expected.get('w'))
})

it.each(['resnet18', 'inception-v3'])('all weights of %s have ONNX Runtime’s bits', async id => {
  const graphIndex = indexGraph(readOnnx(modelBytes(id)))
  const made = graphIndex.nodes.filter(({ outputs }) => outputs.every(output => graphIndex.parameters.has(output)))
  const weights = graphIndex.nodes
    .filter(({ op }) => op === 'Conv' || op === 'Gemm')
    .flatMap(({ inputs }) => inputs.slice(1, 2))
  const { nodes, constants } = grow(graphIndex, new Set(weights))
  expect(nodes).toEqual([])
  const graph = { ...graphIndex.graph, nodes: made, inputs: [] }
  const engine = await runGraph(graph, new Map(), weights, async value => Buffer.from((await value.read()).buffer))
  expect(weights.length).toBeGreaterThan(20)
  const wrong = weights.filter(name => !engine.get(name)?.equals(constants.get(name)?.bytes ?? new Uint8Array(0)))
  expect(wrong).toEqual([])
})

it('what has no rule here is left to the engine, with what it reads', async () => {
  const constants = { table: anyOf('float16', [40, 60], 30) }
  const nodes = [
    node('Cast', ['table'], 'wide', to('float32')),
    node('Transpose', ['wide'], 'w', { perm: ints([1, 0]) }),
  ]
  const graph = graphOf(nodes, constants, ['w'])
  const grown = grow(indexGraph(graph), new Set(['w']))
  expect(grown.nodes.map(({ op }) => op)).toEqual(['Transpose'])
  expect([...grown.constants.keys()]).toEqual(['wide'])
})

it('weights lie beside the file, uncopied, and sizes in it', () => {
  const constants = { large: anyOf('float32', [64, 64], 31), size: intTensor([2, 3]) }
  const { model, weights } = writeApart(graphOf([node('Identity', ['large'], 'w', {})], constants, ['w']))
  expect([...weights.values()]).toEqual([constants.large.bytes])
  expect([...weights.values()][0]).toBe(constants.large.bytes)
  expect(readOnnx(model, weights).constants).toEqual(new Map(Object.entries(constants)))
})
