import { execFileSync } from 'node:child_process'
import { mkdtempSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, it } from 'vitest'

const PROGRAM = `
import { GraphBuilder, type Tensor, load } from 'hookscope'

const g = new GraphBuilder()
const a: string = g.add(g.input('x'), g.parameter('w', 1), 'a')
const net = await load(g.output(g.mul(a, g.add('w', 1))))
const handle = net.parameter('w').registerHook(({ dims, data }: Tensor) => ({ dims, data: data.map(v => v * 2) }))
const run = await net.forward({ x: { dims: [], data: Float32Array.of(2) } })
await run.backward()
console.log((await run.gradient('w')).data[0])
handle.remove()
run.dispose()
await net.dispose()
`

const OPTIONS = { strict: true, module: 'nodenext', target: 'es2023', lib: ['es2023', 'dom'], types: [] }

it('is what a project that installs the package imports, with its types', () => {
  const project = mkdtempSync(join(tmpdir(), 'hookscope-library-'))
  const modules = join(project, 'node_modules')
  writeFileSync(join(project, 'package.json'), '{ "type": "module" }')
  execFileSync('mkdir', [modules])
  symlinkSync(resolve('.'), join(modules, 'hookscope'))
  writeFileSync(join(project, 'main.mts'), PROGRAM)
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions: OPTIONS, files: ['main.mts'] }))
  execFileSync(resolve('node_modules/.bin/tsc'), { cwd: project, stdio: ['ignore', 'inherit', 'inherit'] })
  const printed = execFileSync('node', ['main.mjs'], { cwd: project, encoding: 'utf8' })
  expect(printed).toBe('10\n')
}, 60_000)
