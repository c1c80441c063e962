import { expect, test } from 'vitest'
import { readNetwork } from '../../src/analysis/analyze'
import { Network } from '../../src/engine/network'
import { withoutOwnNames } from '../../src/graph/own-names'
import { writeOnnx } from '../../src/onnx/write'
import { GraphBuilder } from '../support/build'
import { runtime } from '../support/engine'
import { gradientOf, mapOf } from '../support/explain'

/** The values of a small classifier, as a file may call them. */
function named(input: string, conv: string, relu: string, index: string): Uint8Array {
  const g = new GraphBuilder(17, 'names')
  const image = g.input(input, [1, 3, 6, 6])
  g.node('Conv', [image, g.weight([4, 3, 3, 3], undefined, index)], { pads: [1, 1, 1, 1] }, { outputs: [conv] })
  g.node('Relu', [conv], {}, { outputs: [relu] })
  const flat = g.node('Flatten', [g.node('GlobalAveragePool', [relu])])
  return writeOnnx(g.output(g.node('Gemm', [flat, g.weight([2, 4], undefined, 'head')], { transB: 1 })).build())
}

test('values of a file that are called as the program calls its own change nothing', async () => {
  const maps: number[][] = []
  const names: readonly (readonly [string, string, string, string])[] = [
    ['image', 'conv', 'relu', 'weight'],
    ['gate:activation', 'grad:relu', 'relu', 'class index'],
    ['feed:relu', 'run:0', 'grad:feed:relu', 'gate:gradient'],
    ['gate→activation', 'run→0', 'grad→feed→relu', 'class→index'],
  ]
  for (const name of names) {
    const network = await Network.create(readNetwork(named(...name)), runtime)
    const run = await network.forward(Float32Array.from({ length: 108 }, (_, i) => Math.sin(i)))
    const { map } = await mapOf(run, 'gradcam', network.layout.layer, 1)
    maps.push([...run.logits, ...map.values, ...(await gradientOf(run, 'guided', 1))])
  }
  expect(maps[1]).toEqual(maps[0])
  expect(maps[2]).toEqual(maps[0])
})

test('a name that is taken already is passed over, and other graphs stay the same object', () => {
  const g = new GraphBuilder()
  g.node('Relu', [g.node('Relu', [g.input('grad->x', [1])], {}, { outputs: ['grad→x'] })], {}, { outputs: ['y'] })
  const graph = g.output('y').build()
  expect(withoutOwnNames(graph).nodes.map(node => node.outputs[0])).toEqual(["grad->x'", 'y'])
  const plain = new GraphBuilder()
  plain.output(plain.node('Relu', [plain.input('x', [1])]))
  const before = plain.build()
  expect(withoutOwnNames(before)).toBe(before)
})
