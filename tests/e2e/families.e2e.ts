import { expect, type JSHandle, type Page, test } from '@playwright/test'
import { FAMILIES, largest, modelOf, offBy, pictureOf } from '../families/fixtures'
import type { Harness } from './harness/main'

/** One network of each torchvision family on WebGPU (SwiftShader), without the page, against PyTorch. */

/** Of the largest absolute value, as for the shipped networks on WebGPU. */
const TOLERANCE = 2e-3

const harnessOf = async (page: Page): Promise<JSHandle<Harness>> => {
  await page.goto('/')
  return page.waitForFunction(() => (window as Window & { harness?: Harness }).harness) as Promise<JSHandle<Harness>>
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')

for (const { key, family } of FAMILIES) {
  const { title, size, target, maps, logits, inputGradient } = family
  test(`${title} on WebGPU equals PyTorch`, async ({ page }) => {
    const harness = await harnessOf(page)
    const picture = pictureOf(key, size)
    const found = await harness.evaluate(
      async (harness, { model, picture, size, target, layers }) => {
        const decoded = (text: string) => Uint8Array.from(atob(text), c => c.charCodeAt(0))
        const network = await harness.open(decoded(model), 'webgpu', [size, size])
        const run = await network.forward(new Float32Array(decoded(picture).buffer))
        const maps: number[][] = []
        for (const layer of layers) maps.push([...(await harness.mapOf(run, 'gradcam', layer, target)).map.values])
        const gradient = [...(await harness.gradientOf(run, 'saliency', target))]
        return { logits: [...run.logits], maps, gradient }
      },
      {
        model: base64(modelOf(key, 'opset17')),
        picture: base64(new Uint8Array(picture.buffer, picture.byteOffset, picture.byteLength)),
        size,
        target,
        layers: maps.map(({ layer }) => layer),
      },
    )
    const off = logits.map((logit, c) => Math.abs(logit - (found.logits[c] ?? Number.NaN)))
    expect(Math.max(...off) / largest(logits), 'logits').toBeLessThanOrEqual(TOLERANCE)
    for (const [i, { layer, map }] of maps.entries())
      expect(offBy(found.maps[i] ?? [], map), `map of ${layer}`).toBeLessThanOrEqual(TOLERANCE)
    expect(offBy(found.gradient, inputGradient), 'input gradient').toBeLessThanOrEqual(TOLERANCE)
  })
}
