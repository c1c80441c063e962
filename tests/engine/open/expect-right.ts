import * as ort from 'onnxruntime-web'
import { expect } from 'vitest'
import type { AnalyzedModel } from '../../../src/analysis/analyze'
import { Network } from '../../../src/engine/network'
import { openModel } from '../../../src/engine/open'
import { random } from '../../support/build'
import { runtime } from '../../support/engine'
import { mapOf } from '../../support/explain'
import { SIZE } from './files'

export const IMAGE = Float32Array.from(random('picture')(3 * SIZE * SIZE))

/** The first output as ONNX Runtime gives it for the same bytes, without anything of the project's. */
async function bare(bytes: Uint8Array): Promise<number[]> {
  const session = await ort.InferenceSession.create(bytes, { logSeverityLevel: 3 })
  const [input = ''] = session.inputNames
  const results = await session.run({ [input]: new ort.Tensor('float32', IMAGE, [1, 3, SIZE, SIZE]) }, ['y'])
  const data = results.y?.data
  await session.release()
  return Array.from(data instanceof Float32Array ? data : [])
}

/** Opens a file as the page and the command line do, and counts the blank runs. */
export async function opened(bytes: Uint8Array) {
  let runs = 0
  const compile: typeof runtime.compile = (model, weights) => {
    runs++
    return runtime.compile(model, weights)
  }
  const analyzed = await openModel(bytes, {}, async () => ({ ...runtime, compile }))
  return { analyzed, runs }
}

/**
 * That logits are ONNX Runtime's, and a map at the value `m` can be had, after so many blank runs.
 *
 * @param like the same network in a form that ONNX Runtime takes by itself
 */
export async function expectRight(bytes: Uint8Array, expectedRuns: number, like = bytes): Promise<AnalyzedModel> {
  const { analyzed, runs } = await opened(bytes)
  expect(runs).toBe(expectedRuns)
  const network = await Network.create(analyzed, runtime)
  const run = await network.forward(IMAGE)
  // Float32 sums may run in another order where the engine fuses nodes
  const expected = await bare(like)
  expect(expected).toHaveLength(5)
  const most = Math.max(...expected.map(Math.abs))
  for (const [i, logit] of run.logits.entries()) expect(Math.abs(logit - (expected[i] ?? 0)) / most).toBeLessThan(1e-5)
  for (const value of ['f', 'm']) {
    const point = analyzed.layout.hookPoints.find(point => point.value === value)
    if (!point?.gradient.ok) continue
    const { map } = await mapOf(run, 'gradcam', point.path, 0)
    expect(map.values.every(Number.isFinite)).toBe(true)
    expect((await run.features(point.path)).channels).toBe(4)
  }
  run.dispose()
  await network.dispose()
  return analyzed
}
