import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createElement } from 'react'
import { renderToString } from 'react-dom/server'
import { createServer, type ViteDevServer } from 'vite'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createStore } from 'zustand'
import type * as Explain from '../../src/engine/explain'
import { openModel } from '../support/engine'

/** The program as it is, with one file more. */
const root = fileURLToPath(new URL('../..', import.meta.url))
const copy = mkdtempSync(join(tmpdir(), 'hookscope-'))
let server: ViteDevServer
beforeAll(async () => {
  for (const part of ['src', 'models/catalog.json', 'tests/docs/methods.ts'])
    cpSync(join(root, part), join(copy, part), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
  const toy = readFileSync(join(root, 'tests/attribution/toy/toy.ts'), 'utf8')
  writeFileSync(join(copy, 'src/attribution/methods/toy.ts'), toy.replace('../../../src/attribution/', '../'))
  server = await createServer({
    root: copy,
    configFile: false,
    logLevel: 'error',
    appType: 'custom',
    server: { middlewareMode: true, ws: false, watch: null },
    optimizeDeps: { noDiscovery: true },
  })
}, 60_000)
afterAll(async () => {
  await server.close()
  rmSync(copy, { recursive: true })
})

const load = async (path: string) => server.ssrLoadModule(path)

it('the command line takes it, and its help names it', async () => {
  const { options } = await load('/src/cli/options.ts')
  const option = options.method()
  expect(option.description).toContain(', toy,')
  expect(option.parseArg('toy', undefined)).toEqual(['toy'])
})

it('addresses name it, and the page’s menu has it', async () => {
  const { readAddress } = await load('/src/ui/address.ts')
  expect(readAddress('?method=toy', []).choice).toEqual({ method: 'toy' })
  const { PageContext } = await load('/src/ui/usePage.ts')
  const { MethodMenu } = await load('/src/ui/components/MethodMenu.tsx')
  const page = createStore(() => ({ choice: { method: 'toy' }, scene: null }))
  const menu = renderToString(createElement(PageContext, { value: page }, createElement(MethodMenu)))
  expect(menu).toContain('<option value="toy" selected="">Toy CAM</option>')
})

it('documents describe it', async () => {
  const { methodsPage } = await load('/tests/docs/methods.ts')
  expect(methodsPage()).toContain('## Toy CAM\n\nNobody 2026, A Method for a Test.')
})

it('runs answer it', async () => {
  const { explain }: Pick<typeof Explain, 'explain'> = (await load('/src/engine/explain.ts')) as typeof Explain
  const network = await openModel('resnet18')
  const run = await network.forward(Float32Array.from({ length: 3 * 224 * 224 }, (_, i) => Math.sin(i)))
  const found = await explain(run, { method: 'toy', layer: 'layer4', target: { class: 0 } }, { channels: 'rgb' })
  const { values } = await run.features('layer4')
  if (found.kind !== 'map') throw new Error('it makes maps')
  const mean = Array.from({ length: 512 }, (_, k) => values[49 * k + 8] ?? 0).reduce(
    (sum, value) => sum + value / 512,
    0,
  )
  expect(found.map.values[8]).toBeCloseTo(mean, 5)
  run.dispose()
  await network.dispose()
})
