import { readFileSync } from 'node:fs'
import * as v from 'valibot'
import { expect, test } from 'vitest'
import { readOnnx } from '../../src/onnx/read'
import { evaluate, gradients } from '.'

const Numbers = v.array(v.number())
const Values = v.record(v.string(), v.object({ input: Numbers, logits: Numbers, gradients: v.array(Numbers) }))
const values = v.parse(Values, JSON.parse(readFileSync('tests/evaluator/pytorch/values.json', 'utf8')))

/** Both count in doubles; weights that the exporter folded were rounded to float32 once, some 6e-8 of each. */
const TOLERANCE = 2e-6

function expectNear(found: ArrayLike<number>, expected: readonly number[]): void {
  const scale = Math.max(...expected.map(Math.abs))
  const worst = Math.max(...expected.map((value, i) => Math.abs(value - (found[i] ?? Number.NaN))))
  expect(worst).toBeLessThanOrEqual(TOLERANCE * scale)
}

test.each(Object.entries(values))('%s is PyTorch’s, with every gradient', (name, expected) => {
  const graph = readOnnx(new Uint8Array(readFileSync(`tests/evaluator/pytorch/${name}.onnx`)))
  const run = evaluate(graph, new Map([['x', { dims: [1, 3, 16, 16], data: Float64Array.from(expected.input) }]]))
  expectNear(run.values.get('y')?.data ?? [], expected.logits)
  expected.gradients.forEach((gradient, target) => {
    const seed = expected.logits.map((_, i) => Number(i === target))
    expectNear(gradients(run, 'y', seed, ['x']).get('x')?.data ?? [], gradient)
  })
})
