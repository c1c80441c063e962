import * as ort from 'onnxruntime-web'
import { describe, expect, it } from 'vitest'
import { Network } from '../../../src/engine/network'
import { openModel } from '../../../src/engine/open'
import type { Graph } from '../../../src/graph/types'
import { writeOnnx } from '../../../src/onnx/write'
import { random } from '../../support/build'
import { runtime } from '../../support/engine'
import { fileOf, RULED, SEEN, SIZE } from './files'

const IMAGE = Float32Array.from(random('picture')(3 * SIZE * SIZE))

/** The first output as ONNX Runtime gives it for the same bytes, without anything of the project's. */
async function bare(bytes: Uint8Array): Promise<number[]> {
  const session = await ort.InferenceSession.create(bytes, { logSeverityLevel: 3 })
  const [input = ''] = session.inputNames
  const [output = ''] = session.outputNames
  const results = await session.run({ [input]: new ort.Tensor('float32', IMAGE, [1, 3, SIZE, SIZE]) }, [output])
  const data = results[output]?.data
  await session.release()
  return Array.from(data instanceof Float32Array ? data : [])
}

/** Opens a file as the page and the command line do, and counts the blank runs. */
async function opened(graph: Graph) {
  const bytes = writeOnnx(graph)
  let runs = 0
  const compile: typeof runtime.compile = model => {
    runs++
    return runtime.compile(model)
  }
  const blueprint = await openModel(bytes, {}, async () => ({ ...runtime, compile }))
  return { bytes, blueprint, runs }
}

async function expectRight(graph: Graph, expectedRuns: number) {
  const { bytes, blueprint, runs } = await opened(graph)
  expect(runs).toBe(expectedRuns)
  const network = await Network.create(blueprint, runtime)
  const run = await network.forward(IMAGE)
  // Float32 sums may run in another order where the engine fuses nodes
  const expected = await bare(bytes)
  expect(expected).toHaveLength(5)
  const most = Math.max(...expected.map(Math.abs))
  for (const [i, logit] of run.logits.entries()) expect(Math.abs(logit - (expected[i] ?? 0)) / most).toBeLessThan(1e-5)
  const point = blueprint.layout.hookPoints.find(({ value }) => value === 'm')
  if (point?.grid && point.grid.height * point.grid.width > 1) {
    const { map } = await run.explain('gradcam', point.path, 0)
    expect(map.values.every(Number.isFinite)).toBe(true)
    expect((await run.features(point.path)).channels).toBe(4)
  }
  run.dispose()
  await network.dispose()
}

describe('an operator whose shape a rule tells runs as in ONNX Runtime, and no blank picture is needed', () => {
  it.each(RULED)('$name', made => expectRight(fileOf(made), 0))
})

describe('what no rule tells, one run on a blank picture shows', () => {
  it.each(SEEN)('$name', made => expectRight(fileOf(made), 1))
})
