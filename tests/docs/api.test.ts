import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'

it('docs/api is what the docstrings say (npm run docs:api)', () => {
  const out = mkdtempSync(join(tmpdir(), 'hookscope-api-'))
  execFileSync('node_modules/.bin/typedoc', ['--out', out], { stdio: 'pipe' })
  const [fresh, kept] = [out, 'docs/api'].map(folder => readFileSync(join(folder, 'README.md'), 'utf8'))
  expect(kept).toBe(fresh)
})
