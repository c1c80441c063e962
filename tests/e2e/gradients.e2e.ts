import { expect, type Page, test } from '@playwright/test'
import { correlation } from '../../src/attribution/correlation'
import type { Run } from '../../src/engine/run'
import { drawGradient, gradientPixels, type InputGradient, layOver } from '../../src/image/gradient'
import { fromPixels, toInput } from '../../src/image/transform'
import type { Rect } from '../../src/image/types'
import { openModel } from '../support/engine'
import { difference, goldenPixels, PREPROCESSING } from '../support/golden'
import { gradientOf } from './explain-in-node'
import { golden, picturePath, pixels, predictions, rawMapOf, saved, stage } from './page'

/** ResNet18 in Node has seen chelsea.png, as the page has. */
async function runInNode(): Promise<{ readonly run: Run; readonly seen: Rect }> {
  const preprocessing = PREPROCESSING.resnet18
  if (!preprocessing) throw new Error('no preprocessing for resnet18')
  const { input, seen } = await toInput(fromPixels(await goldenPixels('chelsea.png')), preprocessing, 'crop')
  return { run: await (await openModel('resnet18')).forward(input), seen }
}

const at224 = (values: Float32Array): InputGradient => ({ height: 224, width: 224, channels: 'rgb', values })

/** Largest difference of two pictures' bytes. */
function apart(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length)
  return Array.from(a).reduce((most, byte, i) => Math.max(most, Math.abs(byte - (b[i] ?? Number.NaN))), 0)
}

async function choose(page: Page, method: string) {
  await page.getByRole('button', { name: /More methods/ }).click()
  await page.getByRole('option', { name: method, exact: false }).click()
}

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true })
const shares = (page: Page) => page.getByLabel('Correlation of the two classes').getByRole('definition')

test('guided backprop on ResNet18: the values are PyTorch’s, what is saved is what is drawn', async ({ page }) => {
  const record = golden('resnet18.chelsea.crop')
  const [target = 0] = record.top
  await page.goto('/?engine=wasm&network=resnet18')
  await expect(stage(page)).toContainText('Grad-CAM · layer4')
  await choose(page, 'Guided backprop')
  await expect(stage(page)).toContainText('Guided backprop · input · 224 × 224')
  await expect(page.getByText('Sanity Checks for Saliency Maps')).toBeVisible()

  const raw = await rawMapOf(page)
  const reference = record.inputGradients.find(({ kind, class: c }) => kind === 'guided' && c === target)
  if (!reference) throw new Error('no reference for guided backprop')
  expect([raw.method, raw.layer, raw.class]).toEqual(['guided', 'input', target])
  expect(difference(raw.values, reference)).toBeLessThanOrEqual(Math.max(1e-3, 4 * reference.noise))

  const { run, seen } = await runInNode()
  const inNode = at224(await gradientOf(run, 'guided', target))
  const bare = await saved(page, () => button(page, 'Gradient').click())
  expect(bare.name).toMatch(new RegExp(`^chelsea\\.resnet18\\.input\\.guided\\.${target}-[\\w-]+\\.heatmap\\.png$`))
  // a rounding of the float32 gradient can tip a byte
  expect(apart((await pixels(bare.bytes)).data, gradientPixels(inNode).data)).toBeLessThanOrEqual(1)

  const overlay = await saved(page, () => button(page, 'Save overlay').click())
  const expected = await pixels(picturePath('chelsea.png'))
  layOver(expected.data, expected.width, 0, gradientPixels(inNode), seen, 1)
  const shown = await pixels(overlay.bytes)
  expect([shown.width, shown.height]).toEqual([expected.width, expected.height])
  expect(apart(shown.data, expected.data)).toBeLessThanOrEqual(2)

  await page.getByRole('radio', { name: 'Signed' }).click()
  const signed = await saved(page, () => button(page, 'Gradient').click())
  expect(signed.name).toMatch(/\.signed\.png$/)
  expect(apart((await pixels(signed.bytes)).data, drawGradient(inNode, 'signed').pixels.data)).toBeLessThanOrEqual(1)
})

test('two classes side by side: guided backprop hardly depends on the class, the gradient does', async ({ page }) => {
  const [first = 0, second = 0] = golden('resnet18.chelsea.crop').top
  await page.goto('/?engine=wasm&network=resnet18&method=guided')
  await expect(stage(page)).toContainText('Guided backprop · input')
  await page.getByRole('button', { name: 'Two classes side by side' }).click()
  await expect(shares(page)).toHaveCount(3)
  const found = (await shares(page).allTextContents()).map(Number)

  const { run } = await runInNode()
  const of = async (kind: 'guided' | 'saliency') =>
    correlation(await gradientOf(run, kind, first), await gradientOf(run, kind, second))
  const [guided = 0, saliency = 0] = found
  // shown with three digits
  expect(Math.abs(guided - (await of('guided')))).toBeLessThanOrEqual(1e-3)
  expect(Math.abs(saliency - (await of('saliency')))).toBeLessThanOrEqual(1e-3)
  expect(guided).toBeGreaterThan(0.9)
  expect(saliency).toBeLessThan(guided - 0.2)

  await expect(stage(page).getByRole('img')).toHaveCount(2)
  const other = stage(page).getByRole('button', { name: /Compared with/ })
  const before = await other.textContent()
  await predictions(page).nth(2).click()
  await expect(stage(page).locator('figcaption').first()).toHaveText(/llama/)
  await expect(other).toHaveText(before ?? '')
  await other.click()
  await page.getByRole('option', { name: /least probable/ }).click()
  await expect(other).not.toHaveText(before ?? '')
  await page.keyboard.press('Escape')
  await expect(stage(page)).toContainText('Guided backprop · input')
  await expect(stage(page).getByRole('img')).toHaveCount(1)
})

test('by keyboard: through the gradients, to the input and back along the layers', async ({ page }) => {
  await page.goto('/?engine=wasm&network=resnet18&layer=conv1')
  await expect(stage(page)).toContainText('Grad-CAM · conv1')
  for (const name of ['Saliency', 'Guided backprop', 'Deconvnet', 'Guided Grad-CAM']) {
    await page.keyboard.press('g')
    await expect(stage(page).locator('.caption')).toContainText(name)
  }
  await expect(stage(page).locator('.caption')).toContainText('layer4')
  for (const layer of ['layer3', 'layer2', 'layer1', 'maxpool', 'relu']) {
    await page.keyboard.press('ArrowLeft')
    await expect(stage(page)).toContainText(`Guided Grad-CAM · ${layer}`)
  }
  await page.keyboard.press('m')
  await expect(stage(page)).toContainText('Grad-CAM · relu')
  await page.keyboard.press('ArrowLeft')
  await page.keyboard.press('ArrowLeft')
  await expect(stage(page)).toContainText('Saliency · input')
  await expect(page.getByRole('radio', { name: /^input, 224/ })).toBeChecked()
  await page.keyboard.press('ArrowRight')
  await expect(stage(page)).toContainText('Grad-CAM · conv1')
})
