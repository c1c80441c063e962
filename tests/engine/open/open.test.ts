import { describe, it } from 'vitest'
import { writeOnnx } from '../../../src/onnx/write'
import { expectRight } from './expect-right'
import { fileOf, RULED, SEEN } from './files'

describe('an operator whose shape a rule tells runs as in ONNX Runtime, and no blank picture is needed', () => {
  it.each(RULED)('$name', async made => {
    await expectRight(writeOnnx(fileOf(made)), 0)
  })
})

describe('what no rule tells, one run on a blank picture shows', () => {
  it.each(SEEN)('$name', async made => {
    await expectRight(writeOnnx(fileOf(made)), 1)
  })
})
