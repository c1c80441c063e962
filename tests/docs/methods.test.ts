import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { methodsPage } from './methods'

it('docs/methods.md says what the methods’ files say; `npm run docs:methods` writes it', () => {
  expect(readFileSync(new URL('../../docs/methods.md', import.meta.url), 'utf8')).toBe(methodsPage())
})
