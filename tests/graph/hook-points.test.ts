import { expect, test } from 'vitest'
import { analyze, findHookPoint } from '../../src/analysis/analyze'
import { GraphBuilder } from '../support/build'

test('two results of one operator are two hook points, and each path leads to its own', () => {
  const g = new GraphBuilder(13)
  const image = g.input('image', [1, 3, 8, 8])
  const conv = g.node('Conv', [image, g.weight([6, 3, 3, 3])], { pads: [1, 1, 1, 1] })
  const split = { name: '/part/Split', outputs: ['left', 'right'] }
  g.node('Split', [conv, g.ints([4, 2])], { axis: 1 }, split)
  const joined = g.node('Concat', [g.node('Relu', ['right']), 'left'], { axis: 1 })
  const flat = g.node('Flatten', [g.node('GlobalAveragePool', [joined])])
  const analyzed = analyze(g.output(g.node('Gemm', [flat, g.weight([6, 3])])).build())
  for (const { path, value } of analyzed.layout.hookPoints) expect(findHookPoint(analyzed, path).value).toBe(value)
})
