import * as ort from 'onnxruntime-web'
import { describe, expect, it } from 'vitest'
import { differentiate } from '../../src/autodiff'
import { readOnnx } from '../../src/onnx/read'
import { FAMILIES, largest, modelOf, offBy, pictureOf } from '../families/fixtures'

/** Of the largest absolute value, as in tests/families. */
const TOLERANCE = 1e-3

describe('a network of each family, written with its gradient and run by plain ONNX Runtime, equals PyTorch', () => {
  it.each(FAMILIES.map(({ family, key, variants }) => [family.title, key, variants.at(-1) ?? '', family] as const))(
    '%s',
    async (_, key, variant, { size, target, logits, inputGradient }) => {
      const model = modelOf(key, variant)
      const { inputs, outputs } = readOnnx(model)
      const [input = '', output = ''] = [inputs[0]?.name, outputs[0]]
      const dims = [1, 3, size, size]
      const { bytes, gradients, seeds } = differentiate(model, {
        outputs: [output],
        by: [input],
        inputs: { [input]: dims },
      })
      const seed = Float32Array.from(logits, (_, index) => (index === target ? 1 : 0))
      const session = await ort.InferenceSession.create(bytes)
      const results = await session.run({
        [input]: new ort.Tensor('float32', pictureOf(key, size), dims),
        [seeds[output] ?? '']: new ort.Tensor('float32', seed, [1, seed.length]),
      })
      const found = results[output]?.data as Float32Array
      const off = logits.map((logit, c) => Math.abs(logit - (found[c] ?? Number.NaN)))
      expect(Math.max(...off) / largest(logits)).toBeLessThanOrEqual(TOLERANCE)
      expect(offBy(results[gradients[input] ?? '']?.data as Float32Array, inputGradient)).toBeLessThanOrEqual(TOLERANCE)
      await session.release()
    },
  )
})
