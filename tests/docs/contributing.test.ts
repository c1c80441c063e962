import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const page = readFileSync(`${root}/docs/contributing.md`, 'utf8')
const examples = [...page.matchAll(/```ts\n(.*?)```/gs)].map(([, code = '']) => code)
const lines = (code: string) => code.split('\n').map(line => line.trim())

it('every example of docs/contributing.md stands in the program as it is there', () => {
  const files = ['src', 'tests']
    .flatMap(folder =>
      readdirSync(`${root}/${folder}`, { recursive: true, encoding: 'utf8' }).map(f => `${folder}/${f}`),
    )
    .filter(path => path.endsWith('.ts'))
    .map(path => new Set(lines(readFileSync(`${root}/${path}`, 'utf8'))))
  expect(examples).toHaveLength(5)
  for (const code of examples) {
    const stands = files.some(file => lines(code).every(line => line === '' || file.has(line)))
    expect(stands, code).toBe(true)
  }
})
