import { describe, expect, it } from 'vitest'
import { sizeOf } from '../../src/graph/tensors'
import { activationCases } from '../grad/cases/activations'
import { convCases } from '../grad/cases/conv'
import { elementwiseCases } from '../grad/cases/elementwise'
import { functionCases } from '../grad/cases/functions'
import { graphCases } from '../grad/cases/graphs'
import { indexingCases } from '../grad/cases/indexing'
import { layoutCases } from '../grad/cases/layout'
import { linearCases } from '../grad/cases/linear'
import { normalizeCases } from '../grad/cases/normalize'
import { poolCases } from '../grad/cases/pool'
import { reduceCases } from '../grad/cases/reduce'
import { resizeCases } from '../grad/cases/resize'
import type { GradientCase } from '../grad/check'
import { GraphBuilder, random } from '../support/build'
import { finiteDifferences, evaluate as plain } from '../support/reference'
import { type NdArray, ndArray } from '../support/reference/array'
import { evaluate, gradients } from '.'

const CASES: readonly GradientCase[] = [
  ...[...convCases, ...poolCases, ...linearCases, ...elementwiseCases, ...layoutCases, ...graphCases],
  ...[...activationCases, ...functionCases, ...indexingCases, ...normalizeCases, ...reduceCases, ...resizeCases],
]

/** Central differences of step 1e-5 are good to about 1e-9 of the largest value; a few operators are steep. */
const TOLERANCE = 1e-7

function expectNear(found: NdArray | undefined, expected: NdArray, what: string, tolerance: number): void {
  const scale = expected.data.reduce((max, value) => Math.max(max, Math.abs(value)), 1e-3)
  const values = found?.data ?? new Float64Array(expected.data.length)
  const worst = expected.data.reduce((max, value, i) => Math.max(max, Math.abs((values[i] ?? Number.NaN) - value)), 0)
  expect(worst, `error of ${what}`).toBeLessThanOrEqual(tolerance * scale)
}

describe('the evaluator is the plain definitions, and its gradients are their finite differences', () => {
  it.each(CASES)('$name', ({ name, opset, build }) => {
    const g = new GraphBuilder(opset ?? 17, name)
    const output = build(g)
    const graph = g.output(output).build()
    const expected = plain(graph, g.feeds).get(output)
    if (!expected) throw new Error('no output')
    const run = evaluate(graph, g.feeds)
    const found = run.values.get(output)
    expect(found?.dims).toEqual(expected.dims)
    expectNear(found, expected, 'the output', 1e-12)
    const seed = ndArray(expected.dims, random(`seed of ${name}`)(sizeOf(expected.dims)))
    const wanted = [...g.feeds.keys()]
    const exact = gradients(run, output, seed.data, wanted)
    for (const input of wanted)
      expectNear(
        exact.get(input),
        finiteDifferences(graph, g.feeds, input, output, seed),
        `the gradient of ${input}`,
        TOLERANCE,
      )
  })
})
