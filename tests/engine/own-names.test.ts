import { describe, expect, it } from 'vitest'
import { analyze } from '../../src/analysis/analyze'
import { Network } from '../../src/engine/network'
import { load } from '../../src/hookscope'
import { writeOnnx } from '../../src/onnx/write'
import { GraphBuilder } from '../support/build'
import { runtime } from '../support/engine'
import { gradientOf, mapOf } from '../support/explain'

/** A small classifier whose values have these names, from the input on. */
function named(names: readonly [string, string, string, string, string, string, string]) {
  const [image, conv, relu, pooled, flat, logits, probabilities] = names
  const g = new GraphBuilder(13, 'named')
  const input = g.input(image, [1, 3, 16, 16])
  g.node('Conv', [input, g.weight([4, 3, 3, 3])], { pads: [1, 1, 1, 1] }, { outputs: [conv], name: '/conv/Conv' })
  g.node('Relu', [conv], {}, { outputs: [relu], name: '/relu/Relu' })
  g.node('GlobalAveragePool', [relu], {}, { outputs: [pooled] })
  g.node('Flatten', [pooled], {}, { outputs: [flat] })
  g.node('Gemm', [flat, g.weight([5, 4])], { transB: 1 }, { outputs: [logits] })
  g.node('Softmax', [logits], { axis: 1 }, { outputs: [probabilities] })
  const feed = Float32Array.from(g.feeds.get(image)?.data ?? [])
  return { graph: g.output(probabilities).build(), feed }
}

const plain = named(['x', 'c', 'r', 'p', 'f', 'z', 'y'])

async function results({ graph, feed }: typeof plain) {
  const network = await Network.create(analyze(graph), runtime)
  const run = await network.forward(feed)
  const { layer } = network.layout
  const changed = await run.intervene([{ path: layer, change: ({ values }) => ({ values: values.map(v => v / 2) }) }])
  const seen = [
    [...run.logits],
    [...(await mapOf(run, 'gradcam', layer, 1)).map.values],
    [...(await mapOf(run, 'cam', layer, 1)).map.values],
    [...(await gradientOf(run, 'guided', 2))],
    [...changed.logits],
  ]
  await network.dispose()
  const net = await load(writeOnnx(graph))
  net.module('conv').registerForwardHook((_, __, output) => ({ ...output, data: output.data.map(v => 2 * v) }))
  const hooked = await net.forward({ image: feed })
  await hooked.backward({ class: 3 })
  seen.push([...hooked.logits.data], [...(await hooked.gradient('image')).data])
  await net.dispose()
  return seen
}

describe('values of a file that are called as the program calls its own', () => {
  it.each<[string, Parameters<typeof named>[0]]>([
    ['as they were before', ['grad:output', 'class index', 'gate:activation', 'run:0', 'nothing:0:0', 'grad:x', 'x']],
    ['feeds and fetches', ['feed:c', 'c', 'feed:x', 'fetch:0:z', 'switch 0', 'c:before', 'class weights']],
  ])('%s', async (_, names) => {
    expect(await results(named(names))).toEqual(await results(plain))
  })

  it('with the mark that sets them apart', async () => {
    const names = ['x', 'x→in:conv:0', 'gate→activation', 'grad→x', 'run→0', 'class→index', 'grad→c'] as const
    expect(await results(named(names))).toEqual(await results(plain))
  })

  it('also where two would get one name', async () => {
    const names = ['a→b', 'a->b', "a->b'", 'nothing→0→0', 'feed→a->b', 'c→before', '→'] as const
    const strange = named(names)
    const { graphIndex } = analyze(strange.graph)
    const made = [...graphIndex.producer.keys(), ...graphIndex.graph.inputs.map(({ name }) => name)]
    expect(new Set(made).size).toBe(7)
    expect(made.join()).not.toContain('→')
  })
})
