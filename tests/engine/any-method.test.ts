import { expect, it } from 'vitest'
import { runMethod } from '../../src/engine/any-method'
import { readNetwork } from '../../src/engine/layout'
import { Network } from '../../src/engine/network'
import { writeOnnx } from '../../src/onnx/write'
import { random } from '../support/build'
import { runtime } from '../support/engine'
import { smallClassifier } from '../support/small-classifier'

it('gives gradients at the input as red, green, blue, whatever order the network takes the colours in', async () => {
  const network = await Network.create(readNetwork(writeOnnx(smallClassifier())), runtime)
  const run = await network.forward(Float32Array.from(random('picture')(3 * 32 * 32)))
  const { layer } = network.layout
  const saliency = async (channels: 'rgb' | 'bgr') => {
    const said = await runMethod(run, { method: 'saliency', layer, target: 1 }, { size: [32, 32], channels })
    if (!('gradient' in said)) throw new Error('saliency is a gradient')
    expect([said.layer, said.gradient.height, said.gradient.width]).toEqual(['input', 32, 32])
    return said.gradient.values
  }
  const rgb = await saliency('rgb')
  expect(rgb).toEqual(await run.inputGradient('saliency', 1))
  const planes = [2, 1, 0].map(c => [...rgb.subarray(c * 1024, (c + 1) * 1024)])
  expect([...(await saliency('bgr'))]).toEqual(planes.flat())
  run.dispose()
  await network.dispose()
})
