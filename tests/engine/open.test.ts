import { expect, it } from 'vitest'
import { openModel } from '../../src/engine/open'
import { writeOnnx } from '../../src/onnx/write'
import { GraphBuilder } from '../support/build'

/** A classifier of many layers, and nothing that only a run would show. */
function large(layers: number): Uint8Array {
  const g = new GraphBuilder(17)
  let last = g.node('Conv', [g.input('x', [1, 3, 8, 8]), g.weight([4, 3, 1, 1])])
  for (let i = 0; i < layers; i++) last = g.node('Relu', [last], {}, { name: `/layers/layers.${i}/Relu` })
  return writeOnnx(g.output(g.node('Flatten', [g.node('GlobalAveragePool', [last])])).build())
}

const noEngine = () => Promise.reject(new Error('no run is needed'))

it('the reading of a large file tells how far it is, and stops when it is told to', async () => {
  const bytes = large(40_000)
  const told: number[] = []
  const { layout } = await openModel(bytes, {}, noEngine, { onProgress: done => told.push(done) })
  expect(layout.hookPoints.length).toBeGreaterThan(40_000)
  // How often depends on the machine: nothing is told in the first tenth of a second.
  expect(told.length).toBeGreaterThan(0)
  expect(told).toEqual(told.toSorted((a, b) => a - b))

  const abort = new AbortController()
  const stopped = openModel(bytes, {}, noEngine, { signal: abort.signal, onProgress: () => abort.abort() })
  await expect(stopped).rejects.toMatchObject({ code: 'cancelled' })
})
