import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { supported } from './supported'

it('docs/supported.md says what the rules and the family tests say; `npm run docs:supported` writes it', () => {
  expect(readFileSync(new URL('../../docs/supported.md', import.meta.url), 'utf8')).toBe(supported())
})
