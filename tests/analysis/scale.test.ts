import { describe, expect, it } from 'vitest'
import { readNetwork } from '../../src/analysis/analyze'
import { bundle } from '../../src/engine/bundle'
import { knownInput, planNetwork } from '../../src/engine/plan'
import { writeOnnx } from '../../src/onnx/write'
import { constantFloats } from '../../src/preprocessing/constants'
import { GraphBuilder } from '../support/build'

/** A small classifier with n of something between its first convolution and its pooling. */
function network(middle: (g: GraphBuilder, from: string, n: number) => string, n: number): Uint8Array {
  const g = new GraphBuilder(17)
  const first = g.node('Conv', [g.input('x', [1, 3, 8, 8]), g.weight([4, 3, 1, 1])])
  const pooled = g.node('GlobalAveragePool', [middle(g, first, n)])
  return writeOnnx(g.output(g.node('Flatten', [pooled])).build())
}

const inARow =
  (step: (g: GraphBuilder, from: string, i: number) => string) =>
  (g: GraphBuilder, from: string, n: number): string => {
    let last = from
    for (let i = 0; i < n; i++) last = step(g, last, i)
    return last
  }

const conv = (g: GraphBuilder, from: string, name = ''): string =>
  g.node('Conv', [from, g.weight([4, 4, 1, 1], undefined, 'w')], {}, { name })

const GRAPHS: Readonly<Record<string, (g: GraphBuilder, from: string, n: number) => string>> = {
  'operators without names': inARow((g, from, i) => g.node(i % 2 ? 'Relu' : 'Sigmoid', [from])),
  'Convs of one module': inARow((g, from, i) => conv(g, from, `/layer1/layer1.${i}/conv/Conv`)),
  'outermost modules': inARow((g, from, i) => conv(g, from, `/conv${i}/Conv`)),
  'operators of one name': inARow((g, from) => g.node('Relu', [from], {}, { name: '/layer/Relu' })),
  'residual blocks': inARow((g, from, i) => {
    const inner = g.node(
      'Relu',
      [conv(g, from, `/layer1/layer1.${i}/conv/Conv`)],
      {},
      { name: `/layer1/layer1.${i}/relu/Relu` },
    )
    return g.node('Add', [inner, from], {}, { name: `/layer1/layer1.${i}/Add` })
  }),
  'branches that join': (g, from, n) => {
    const branches = Array.from({ length: n }, (_, i) => g.node('Relu', [from], {}, { name: `/branch${i}/Relu` }))
    return g.node('Concat', branches, { axis: 1 })
  },
  'values that are summed up at once': (g, from, n) =>
    g.node(
      'Sum',
      Array.from({ length: n }, () => g.node('Relu', [from])),
    ),
  'scopes of the newer exporter': inARow((g, from, i) =>
    g.node('Relu', [from], {}, { metadata: { 'pkg.torch.onnx.name_scopes': `['', 'layer', 'layer.${i}', 'relu']` } }),
  ),
}

/** All that happens between a file and the engine. Milliseconds of this process, whatever else the machine does. */
function work(bytes: Uint8Array): number {
  const before = process.cpuUsage()
  const analyzed = readNetwork(bytes)
  const plan = planNetwork(analyzed)
  const programs = [plan.forward, ...plan.segments.values()]
  writeOnnx(bundle(analyzed.graphIndex, programs, name => knownInput(analyzed, name), analyzed.shapes).graph)
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

it('a long chain of constants and many outputs are read', () => {
  const g = new GraphBuilder(17)
  let mean = g.weight([3, 1, 1])
  for (let i = 0; i < 20_000; i++) mean = g.node('Identity', [mean])
  const features = conv(g, g.node('Conv', [g.node('Sub', [g.input('x', [1, 3, 8, 8]), mean]), g.weight([4, 3, 1, 1])]))
  const answers = Array.from({ length: 300 }, () =>
    g.node('Flatten', [g.node('GlobalAveragePool', [g.node('Relu', [features])])]),
  )
  for (const answer of answers) g.output(answer)
  const { graphIndex, layout } = readNetwork(writeOnnx(g.build()))
  expect(layout.answer.output).toBe(answers[0])
  expect(constantFloats(graphIndex, mean)).toHaveLength(3)
})

it.each(['Sum', 'Concat'])('a %s of very many inputs is read', op => {
  const g = new GraphBuilder(17)
  const features = g.node('Conv', [g.input('x', [1, 3, 8, 8]), g.weight([4, 3, 1, 1])])
  const all = g.node(op, new Array<string>(131_000).fill(features), op === 'Concat' ? { axis: 1 } : {})
  const { grids } = readNetwork(writeOnnx(g.output(g.node('Flatten', [g.node('GlobalAveragePool', [all])])).build()))
  expect(grids.get(all)?.channels).toBe(op === 'Concat' ? 524_000 : 4)
})

describe('the work before a network runs grows as the number of its nodes does', () => {
  it.each(Object.entries(GRAPHS))('%s', (_, middle) => {
    const [few, many] = [1000, 8000].map(n => network(middle, n))
    if (!few || !many) throw new Error('two networks')
    work(few)
    const small = Math.min(work(few), work(few))
    // Eight times as many nodes: 8 times as long, 64 times where it were quadratic. Half of that leaves room for garbage collection.
    expect(work(many) / small).toBeLessThan(32)
  })
})
