import { expect, it } from 'vitest'
import { analyze } from '../../src/analysis/analyze'
import { Network } from '../../src/engine/network'
import type { Graph } from '../../src/graph/types'
import { GraphBuilder } from '../support/build'
import { runtime } from '../support/engine'
import { gradientOf } from '../support/explain'

/** conv → BatchNormalization → Relu → Dropout → pooling → classes, as a file that was exported while it was trained. */
function inTraining(training: boolean): Graph {
  const g = new GraphBuilder(15, 'in training')
  const conv = g.node(
    'Conv',
    [g.input('x', [1, 3, 8, 8]), g.weight([4, 3, 3, 3])],
    { pads: [1, 1, 1, 1] },
    { outputs: ['c'] },
  )
  const statistics = [1, 2, 3, 4].map(() => g.weight([4], g.random(4, 0.5, 2)))
  const outputs = training ? ['n', 'mean', 'variance'] : ['n']
  g.node('BatchNormalization', [conv, ...statistics], training ? { training_mode: 1 } : {}, { name: '/bn', outputs })
  const on = g.constant('on', { type: 'bool', dims: [], bytes: Uint8Array.of(training ? 1 : 0) })
  g.node('Relu', ['n'], {}, { name: '/relu/Relu', outputs: ['r'] })
  g.node('Dropout', ['r', g.weight([], [0.5]), on], {}, { name: '/drop', outputs: ['d'] })
  const pooled = g.node('Flatten', [g.node('GlobalAveragePool', ['d'])])
  return g.output(g.node('Gemm', [pooled, g.weight([4, 5])], {}, { outputs: ['y'] })).build()
}

it('a file that was exported for training says so, is not random, and has the gradient of what runs', async () => {
  const analyzed = analyze(inTraining(true))
  expect(analyzed.layout.notes).toEqual([
    'The file was exported for training: BatchNormalization "/bn" uses the mean and variance of the picture itself, in its answer and in its gradients. Export it for inference to see the trained network.',
    'The file was exported for training: Dropout "/drop" would drop values at random, and is switched off. Export it for inference to see the trained network.',
  ])
  const network = await Network.create(analyzed, runtime)
  const picture = Float32Array.from(new GraphBuilder(15, 'picture').random(3 * 64))
  const logits = async (input: Float32Array) => {
    const run = await network.forward(input)
    const found = Float64Array.from(run.logits)
    const gradient = await gradientOf(run, 'saliency', 2)
    run.dispose()
    return { found, gradient }
  }
  const { found, gradient } = await logits(picture)
  expect((await logits(picture)).found).toEqual(found)
  // In float32 a difference of logits has an error of some 1e-6, over a step of 0.02 some 1e-4.
  for (const place of [0, 50, 100, 191]) {
    const at = async (step: number) => (await logits(picture.with(place, (picture[place] ?? 0) + step))).found[2] ?? 0
    expect(Math.abs(((await at(0.01)) - (await at(-0.01))) / 0.02 - (gradient[place] ?? 0))).toBeLessThan(5e-4)
  }
  const largest = gradient.reduce((max, value) => Math.max(max, Math.abs(value)), 0)
  expect(largest).toBeGreaterThan(5e-3)
  await network.dispose()
})

it('nothing is said of a file that was exported for inference', () => {
  expect(analyze(inTraining(false)).layout.notes).toEqual([])
})
