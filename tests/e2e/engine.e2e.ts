import { readFileSync } from 'node:fs'
import { expect, type JSHandle, type Page, test } from '@playwright/test'
import { writeOnnx } from '../../src/onnx/write'
import type { GoldenRecord } from '../support/golden'
import { smallClassifier } from '../support/small-classifier'
import type { Harness } from './harness/main'

/**
 * The engine on WebGPU (SwiftShader), without the page. SwiftShader is slow: one network that is built here, against the
 * same network on WASM, and ResNet18 once, against PyTorch.
 */

const harnessOf = async (page: Page): Promise<JSHandle<Harness>> => {
  await page.goto('/')
  return page.waitForFunction(() => (window as Window & { harness?: Harness }).harness) as Promise<JSHandle<Harness>>
}

const file = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url))

test('a small network gives on WebGPU what it gives on WASM', async ({ page }) => {
  const harness = await harnessOf(page)
  const [wasm = {}, webgpu = {}] = await harness.evaluate(
    async (harness, base64) => {
      const bytes = Uint8Array.from(atob(base64), c => c.charCodeAt(0))
      const input = Float32Array.from({ length: 3 * 32 * 32 }, (_, i) => Math.sin(i * 0.37) + Math.cos(i * 0.011))
      const both: Record<string, number[]>[] = []
      for (const name of ['wasm', 'webgpu'] as const) {
        const network = await harness.open(bytes, name)
        const run = await network.forward(input)
        const found: Record<string, number[]> = { logits: [...run.logits] }
        for (const kind of ['saliency', 'guided', 'deconvnet'] as const)
          found[kind] = [...(await harness.gradientOf(run, kind, 2))]
        for (const point of network.layout.hookPoints)
          for (const [method, available] of [
            ['cam', point.classWeights],
            ['gradcam', point.gradient],
            ['layercam', point.gradient],
            ...(point.path === network.layout.layer ? ([['score-cam', point.map]] as const) : []),
          ] as const)
            if (available.ok)
              found[`${method} ${point.path}`] = [...(await harness.mapOf(run, method, point.path, 2)).map.values]
        const change = (values: Float32Array) => values.map((x, i) => (i % 2 ? -0.5 * x : x))
        const changed = await run.intervene([
          { path: 'mixed.right', change: ({ values }) => ({ values: change(values), pullback: change }) },
        ])
        found['changed logits'] = [...changed.logits]
        found['changed gradcam'] = [...(await harness.mapOf(changed, 'gradcam', 'conv1', 2)).map.values]
        changed.dispose()
        both.push(found)
        run.dispose()
        await network.dispose()
      }
      return both
    },
    Buffer.from(writeOnnx(smallClassifier())).toString('base64'),
  )
  expect(Object.keys(webgpu)).toEqual(Object.keys(wasm))
  expect(Object.keys(wasm).length).toBeGreaterThan(8)
  for (const [name, values] of Object.entries(wasm)) {
    const scale = Math.max(...values.map(Math.abs))
    expect(scale, `${name} is not empty`).toBeGreaterThan(1e-6)
    const off = values.map((value, i) => Math.abs(value - (webgpu[name]?.[i] ?? Number.NaN)) / scale)
    expect(Math.max(...off), name).toBeLessThanOrEqual(2e-3)
  }
})

test('ResNet18 on WebGPU equals PyTorch', async ({ page }) => {
  const golden = JSON.parse(file('tests/golden/values/resnet18.chelsea.crop.json').toString()) as GoldenRecord
  const target = golden.top[0] ?? 0
  const wanted = golden.maps
    .filter(({ method, class: c }) => (method === 'cam' || method === 'gradcam') && c === target)
    .map(({ method, layer }) => [method as 'cam' | 'gradcam', layer] as const)
  const harness = await harnessOf(page)
  const found = await harness.evaluate(
    async (harness, { model, picture, target, wanted }) => {
      const decode = (base64: string) => Uint8Array.from(atob(base64), c => c.charCodeAt(0))
      const network = await harness.open(decode(model), 'webgpu')
      const run = await network.forward(await harness.inputOf('resnet18', new Blob([decode(picture)])))
      const maps: number[][] = []
      for (const [method, layer] of wanted) maps.push([...(await harness.mapOf(run, method, layer, target)).map.values])
      return { logits: [...run.logits], maps, saliency: [...(await harness.gradientOf(run, 'saliency', target))] }
    },
    {
      model: file('models/resnet18.onnx').toString('base64'),
      picture: file('tests/golden/pictures/chelsea.png').toString('base64'),
      target,
      wanted,
    },
  )
  const off = golden.logits.map((logit, c) => Math.abs(logit - (found.logits[c] ?? Number.NaN)))
  expect(Math.max(...off)).toBeLessThanOrEqual(1e-3)
  expect(wanted.length).toBeGreaterThanOrEqual(6)
  for (const [i, [method, layer]] of wanted.entries()) {
    const map = golden.maps.find(m => m.method === method && m.layer === layer && m.class === target)
    if (!map) throw new Error(`no reference for ${method} at ${layer}`)
    const worst = map.samples.map(([at, value]) => Math.abs(value - (found.maps[i]?.[at] ?? Number.NaN)) / map.max)
    expect(Math.max(...worst), `${method} ${layer}`).toBeLessThanOrEqual(Math.max(2e-3, 4 * map.noise))
  }
  const saliency = golden.inputGradients.find(({ kind, class: c }) => kind === 'saliency' && c === target)
  if (!saliency) throw new Error('no reference for the input gradient')
  const worst = saliency.samples.map(([i, v]) => Math.abs(v - (found.saliency[i] ?? Number.NaN)) / saliency.max)
  expect(Math.max(...worst)).toBeLessThanOrEqual(Math.max(2e-3, 4 * saliency.noise))
})
