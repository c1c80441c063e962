import { expect, it } from 'vitest'
import { readNetwork } from '../../src/analysis/analyze'
import { explain } from '../../src/engine/explain'
import { Network } from '../../src/engine/network'
import { writeOnnx } from '../../src/onnx/write'
import { random } from '../support/build'
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
