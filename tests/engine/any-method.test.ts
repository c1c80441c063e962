import { expect, it } from 'vitest'
import { readNetwork } from '../../src/analysis/analyze'
import { runMethod } from '../../src/engine/any-method'
import { Network } from '../../src/engine/network'
import { writeOnnx } from '../../src/onnx/write'
import { random } from '../support/build'
import { runtime } from '../support/engine'
import { smallClassifier } from '../support/small-classifier'

it('gives gradients at the input in the order in which the network takes the colours, and tells it', async () => {
  const network = await Network.create(readNetwork(writeOnnx(smallClassifier())), runtime)
  const run = await network.forward(Float32Array.from(random('picture')(3 * 32 * 32)))
  const { layer } = network.layout
  const saliency = async (channels: 'rgb' | 'bgr') => {
    const said = await runMethod(run, { method: 'saliency', layer, target: 1 }, { size: [32, 32], channels })
    if (!('gradient' in said)) throw new Error('saliency is a gradient')
    expect([said.layer, said.gradient.height, said.gradient.width]).toEqual(['input', 32, 32])
    const { channels: order, values } = said.gradient
    return { channels: order, values }
  }
  const plain = await run.inputGradient('saliency', 1)
  for (const channels of ['rgb', 'bgr'] as const) expect(await saliency(channels)).toEqual({ channels, values: plain })
  run.dispose()
  await network.dispose()
})
