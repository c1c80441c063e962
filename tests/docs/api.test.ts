import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'

it('docs/api is what the docstrings say (npm run docs:api)', () => {
  const out = mkdtempSync(join(tmpdir(), 'hookscope-api-'))
  execFileSync('node_modules/.bin/typedoc', ['--out', out], { stdio: 'pipe' })
  const read = (folder: string) => readdirSync(folder).map(name => [name, readFileSync(join(folder, name), 'utf8')])
  expect(read('docs/api')).toEqual(read(out))
})
