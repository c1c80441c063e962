import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { uniform } from '../../src/attribution/random'
import { imputed } from '../../src/metrics/imputation'

const { gone, values }: { readonly gone: readonly number[]; readonly values: readonly number[] } = JSON.parse(
  readFileSync(new URL('../golden/imputation.json', import.meta.url), 'utf8'),
)

it('noisy linear imputation solves the system that numpy.linalg.solve solves', () => {
  const next = uniform(9)
  const small = Float32Array.from({ length: 2 * 11 * 14 }, () => next())
  const found = imputed(small, 11, 14, Uint32Array.from(gone))
  // Conjugate gradients stop at 1e-7 of the right side, and values are kept in float32.
  for (const [i, value] of values.entries())
    expect(Math.abs((found[i] ?? Number.NaN) - value), `${i}`).toBeLessThan(2e-6)
})
