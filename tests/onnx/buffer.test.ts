import { expect, it } from 'vitest'
import { grow } from '../../src/engine/grow'
import { int } from '../../src/graph/attributes'
import { CODE_OF_TYPE } from '../../src/graph/element-codes'
import { indexGraph } from '../../src/graph/graph-index'
import { toFloat32 } from '../../src/graph/to-float32'
import type { Graph, Tensor } from '../../src/graph/types'
import { readOnnx } from '../../src/onnx/read'
import { writeOnnx } from '../../src/onnx/write'

const VALUES: Readonly<Record<string, Tensor>> = {
  float64: { type: 'float64', dims: [3], bytes: new Uint8Array(Float64Array.of(1.5, -2, 0.25).buffer) },
  float16: { type: 'float16', dims: [3], bytes: new Uint8Array(Uint16Array.of(0x3e00, 0xc000, 0x3400).buffer) },
}

/** float32 weights of a file that Node read: part of a Buffer, at a place that is a multiple of nothing. */
function read(tensor: Tensor, place: number, work: (graph: Graph) => Tensor | undefined): number[] {
  const attributes = new Map([['to', int(CODE_OF_TYPE.float32 ?? 0)]])
  const file = writeOnnx({
    ...{ name: 'weights', irVersion: 8, opsets: new Map([['', 17]]), producer: '', outputs: ['w'] },
    inputs: [{ name: 'x', type: tensor.type, dims: [1] }],
    constants: new Map([['c', tensor]]),
    nodes: [{ name: 'w', op: 'Cast', domain: '', inputs: ['c'], outputs: ['w'], attributes, metadata: new Map() }],
  })
  const bytes = Buffer.concat([Buffer.alloc(place), file]).subarray(place)
  const made = work(readOnnx(bytes))
  return [...new Float32Array(new Uint8Array(made?.bytes ?? []).buffer)]
}

for (const [type, tensor] of Object.entries(VALUES))
  it.each([0, 1, 2, 3, 4, 5, 6, 7])(`${type} in a Buffer of Node, %i bytes from its start`, place => {
    expect(read(tensor, place, graph => toFloat32(graph).constants.get('c'))).toEqual([1.5, -2, 0.25])
    expect(read(tensor, place, graph => grow(indexGraph(graph), new Set(['w'])).constants.get('w'))).toEqual([
      1.5, -2, 0.25,
    ])
  })
