import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { metricsPage } from './metrics'

it('docs/metrics.md says what the metrics’ files say; `npm run docs:metrics` writes it', () => {
  expect(readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8')).toBe(metricsPage())
})
