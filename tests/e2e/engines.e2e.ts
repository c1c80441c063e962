import { expect, test } from '@playwright/test'
import { difference } from '../support/golden'
import { golden, predictions, rawMapOf, stage } from './page'

test('ResNet18 on WebGPU, from the address to the map', async ({ page }) => {
  test.setTimeout(400_000)
  const record = golden('resnet18.chelsea.crop')
  await page.goto('/?engine=webgpu&network=resnet18')
  await expect(predictions(page).first()).toContainText(String(record.top[0]), { timeout: 300_000 })
  await expect(stage(page)).toContainText('Grad-CAM · layer4')
  await expect(page.getByRole('banner')).toContainText('WebGPU')
  const map = await rawMapOf(page)
  const reference = record.maps.find(m => m.method === 'gradcam' && m.layer === 'layer4' && m.class === map.class)
  if (!reference) throw new Error(`no reference for class ${map.class}`)
  expect(difference(map.values, reference)).toBeLessThanOrEqual(Math.max(2e-3, 4 * reference.noise))
})

test('where WebGPU fails, the page goes on with WASM and says so', async ({ page }) => {
  await page.route(/assets.*(jspi|asyncify|webgpu)/, route => route.abort())
  await page.goto('/?engine=webgpu&network=resnet18')
  await expect(predictions(page).first()).toBeVisible()
  await expect(page.getByRole('banner')).toContainText('WASM')
  await expect(page.getByText(/WebGPU failed.*running on WASM/)).toBeVisible()
})

test('without isolation WASM has one thread and still gives the map', async ({ page }) => {
  await page.route(/\/\?engine=/, async route => {
    const response = await route.fetch()
    const { 'cross-origin-opener-policy': _, 'cross-origin-embedder-policy': __, ...headers } = response.headers()
    await route.fulfill({ response, headers })
  })
  await page.goto('/?engine=wasm&network=resnet18')
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(false)
  await expect(predictions(page).first()).toBeVisible()
  await expect(stage(page)).toContainText('Grad-CAM · layer4')
})
