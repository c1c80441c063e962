import { readFileSync } from 'node:fs'
import { expect, type Page, test } from '@playwright/test'
import { difference, type GoldenArray } from '../support/golden'
import { rawMapOf, stage } from './page'

/** tests/golden/methods.py */
const references: readonly (GoldenArray & { readonly method: string; readonly class: number })[] = JSON.parse(
  readFileSync(new URL('../golden/methods.json', import.meta.url), 'utf8'),
)

async function choose(page: Page, method: string) {
  await page.getByRole('button', { name: /More methods/ }).click()
  await page.getByRole('option', { name: method }).click()
}

test.beforeEach(async ({ page }) => {
  await page.goto('/?engine=wasm&network=resnet18')
  await expect(stage(page)).toContainText('Grad-CAM · layer4')
})

test('LayerCAM fused over all stages lies over the picture: PyTorch’s values', async ({ page }) => {
  await choose(page, 'LayerCAM fused')
  await expect(stage(page)).toContainText('LayerCAM fused · input · 224 × 224')
  const reference = references.find(({ method }) => method === 'layercam-fused')
  if (!reference) throw new Error('no reference for LayerCAM fused')
  const raw = await rawMapOf(page)
  expect([raw.method, raw.layer, raw.class]).toEqual(['layercam-fused', 'input', reference.class])
  // as of maps of a layer
  expect(difference(raw.values, reference)).toBeLessThanOrEqual(1e-3)
  await page.getByRole('radio', { name: 'Grad-CAM', exact: true }).click()
  await expect(stage(page)).toContainText('Grad-CAM · layer4')
})

test('RISE tells how far it is; stopped, the map before it stays', async ({ page }) => {
  await choose(page, 'RISE')
  await expect(page.getByRole('progressbar', { name: 'RISE' })).toBeVisible()
  await expect(page.getByText(/[1-9]\d* of 1,000 runs of the network/)).toBeVisible()
  await page.getByRole('button', { name: 'Stop', exact: true }).click()
  await expect(page.getByRole('progressbar', { name: 'RISE' })).toBeHidden()
  await expect(stage(page)).toContainText('Grad-CAM · layer4')
})
