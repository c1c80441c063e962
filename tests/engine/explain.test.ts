import { expect, it } from 'vitest'
import { analyze, readNetwork } from '../../src/analysis/analyze'
import { explain } from '../../src/engine/explain'
import { Network } from '../../src/engine/network'
import { writeOnnx } from '../../src/onnx/write'
import { GraphBuilder, random } from '../support/build'
import { runtime } from '../support/engine'
import { gradientOf } from '../support/explain'
import { smallClassifier } from '../support/small-classifier'

it('gives gradients at the input in the order in which the network takes the colours, and tells it', async () => {
  const network = await Network.create(readNetwork(writeOnnx(smallClassifier())), runtime)
  const run = await network.forward(Float32Array.from(random('picture')(3 * 32 * 32)))
  const { layer } = network.layout
  const saliency = async (channels: 'rgb' | 'bgr') => {
    const said = await explain(run, { method: 'saliency', layer, target: { class: 1 } }, { channels })
    if (said.kind !== 'gradient') throw new Error('saliency is a gradient')
    expect([said.layer, said.gradient.height, said.gradient.width]).toEqual(['input', 32, 32])
    const { channels: order, values } = said.gradient
    return { channels: order, values }
  }
  const plain = await gradientOf(run, 'saliency', 1)
  for (const channels of ['rgb', 'bgr'] as const) expect(await saliency(channels)).toEqual({ channels, values: plain })
  run.dispose()
  await network.dispose()
})

it('a gradient that is finite and whose square is not is no picture, and said', async () => {
  const g = new GraphBuilder()
  const features = g.node('Relu', [g.node('Conv', [g.input('x', [1, 3, 8, 8]), g.weight([4, 3, 3, 3])])])
  const pooled = g.node('Flatten', [g.node('GlobalAveragePool', [features])])
  const logits = g.node('MatMul', [
    pooled,
    g.weight(
      [4, 5],
      Array.from(random('head')(20), value => 1e25 * value),
    ),
  ])
  const network = await Network.create(analyze(g.output(logits).build()), runtime)
  const run = await network.forward(Float32Array.from(random('picture')(3 * 64)))
  const asked = { layer: network.layout.layer, target: { class: 0 }, options: {} }
  const saliency = await explain(run, { ...asked, method: 'saliency' }, { channels: 'rgb' })
  expect(saliency.kind === 'gradient' && Math.max(...saliency.gradient.values)).toBeGreaterThan(1e20)
  const squared = explain(run, { ...asked, method: 'smoothgrad-squared' }, { channels: 'rgb' })
  await expect(squared).rejects.toMatchObject({
    code: 'not-finite',
    message: expect.stringMatching(/SmoothGrad squared holds/),
  })
  run.dispose()
  await network.dispose()
})
