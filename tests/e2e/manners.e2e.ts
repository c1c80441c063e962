import { expect, test } from '@playwright/test'
import { expectAccessible } from './accessible'
import { predictions, saved, stage } from './page'

const looks = [
  { name: 'light', colorScheme: 'light', viewport: { width: 1440, height: 900 } },
  { name: 'dark', colorScheme: 'dark', viewport: { width: 1024, height: 768 } },
  { name: 'narrow', colorScheme: 'light', viewport: { width: 360, height: 780 } },
] as const

for (const { name, colorScheme, viewport } of looks) {
  test(`without sight, ${name}: names, roles, contrast; nothing wider than the window`, async ({ page }) => {
    await page.setViewportSize(viewport)
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await page.goto('/?engine=wasm&network=resnet18')
    await expect(stage(page)).toContainText('Grad-CAM · layer4')
    expect(await page.evaluate(() => scrollY), 'the strip of layers scrolls itself alone').toBe(0)
    await page.getByRole('button', { name: 'About Grad-CAM' }).click()
    await expect(page.getByRole('dialog', { name: 'Grad-CAM' })).toContainText('Selvaraju et al. 2017')
    await expectAccessible(page, 'what the method is')
    await page.keyboard.press('Escape')
    await page.getByRole('tab', { name: 'Feature maps' }).click()
    await expect(page.getByRole('option', { name: /^channel/i }).first()).toBeVisible()
    await expectAccessible(page, 'the page')
    await page.getByRole('searchbox', { name: 'Find a class' }).fill('cat')
    await expect(page.getByRole('listbox', { name: 'Classes found' })).toBeVisible()
    await expectAccessible(page, 'finding a class')
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: /Any layer/ }).click()
    await expect(page.getByRole('searchbox', { name: 'Find a layer' })).toBeFocused()
    await expectAccessible(page, 'finding a layer')
    await page.keyboard.press('Escape')
    await page.keyboard.press('g')
    await page.keyboard.press('g')
    await page.getByRole('button', { name: 'Two classes side by side' }).click()
    await expect(page.getByRole('definition')).toHaveCount(3)
    await expectAccessible(page, 'two classes side by side')
    await page.getByRole('button', { name: 'Help and keys' }).click()
    await expectAccessible(page, 'help')
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(viewport.width)
  })
}

test('on a phone: the page’s name, where one is, and the pictures above the controls', async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 780 })
  await page.goto('/?engine=wasm&network=resnet18')
  await expect(stage(page)).toContainText('Grad-CAM · layer4')
  await expect(page.getByRole('link', { name: 'Look' })).toBeVisible()
  const top = async (of: string) => (await page.locator(of).boundingBox())?.y ?? Number.NaN
  expect((await page.locator('.brand').boundingBox())?.width).toBeGreaterThan(50)
  expect(await top('.rail')).toBeLessThan(await top('.tools'))
})

test('the chosen class is written in full', async ({ page }) => {
  await page.setViewportSize({ width: 1024, height: 768 })
  await page.goto('/?engine=wasm')
  await expect(stage(page)).toContainText('Grad-CAM')
  await page.getByRole('searchbox', { name: 'Find a class' }).fill('American Staffordshire')
  await page.getByRole('option', { name: /American Staffordshire/ }).click()
  const label = page
    .getByRole('option', { selected: true, name: /American Staffordshire/ })
    .locator('.prediction-label')
  expect(await label.evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)).toBe(0)
})

test('by keyboard alone: class, method, layer, bare picture, channel, save, help', async ({ page }) => {
  await page.goto('/?engine=wasm&network=resnet18')
  await expect(stage(page)).toContainText('Grad-CAM · layer4')

  await page.keyboard.press('2')
  await expect(predictions(page).nth(1)).toHaveAttribute('aria-selected', 'true')
  await page.keyboard.press('m')
  await expect(stage(page)).toContainText('CAM · layer4')
  await expect(page.getByRole('radio', { name: 'CAM', exact: true })).toBeChecked()
  await page.keyboard.press('ArrowLeft')
  await expect(stage(page)).toContainText('Grad-CAM · layer3')
  await page.keyboard.press('ArrowRight')
  await expect(stage(page)).toContainText('Grad-CAM · layer4')

  await page.keyboard.down(' ')
  await expect(page.locator('.seen')).toHaveCSS('opacity', '0')
  await page.keyboard.up(' ')
  await expect(page.locator('.seen')).toHaveCSS('opacity', '1')

  await page.getByRole('tab', { name: 'Feature maps' }).focus()
  await page.keyboard.press('Enter')
  const channel = page.getByRole('option', { name: /^channel/i })
  await channel.first().focus()
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('Enter')
  await expect(stage(page)).toContainText(/Channel \d+ of layer4 · weight/)
  await page.keyboard.press('Escape')
  await expect(stage(page)).toContainText('Grad-CAM · layer4')

  const { name } = await saved(page, () => page.keyboard.press('s'))
  expect(name).toMatch(/^chelsea\.resnet18\.layer4\.gradcam\.\d+-[\w-]+\.png$/)
  await page.keyboard.press('?')
  await expect(page.getByRole('dialog')).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(page.getByRole('dialog')).toBeHidden()
})

test('an all-zero map is a sentence', async ({ page }) => {
  await page.goto('/?engine=wasm&network=alexnet')
  await page.getByRole('option', { name: /motorcycle/i }).click()
  await expect(predictions(page).first()).toContainText('Motorbikes')
  await page.getByRole('button', { name: /Any layer/ }).click()
  await page.keyboard.type('features.10')
  await page.keyboard.press('Enter')
  await expect(stage(page).getByText('No positive evidence for Motorbikes at features.10.')).toBeVisible()
  await expect(stage(page).getByRole('img', { name: /No positive evidence/ })).toBeVisible()
})

test('a network that is given up while it loads leaves the one before at work', async ({ page }) => {
  await page.goto('/?engine=wasm&network=resnet18')
  await expect(stage(page)).toContainText('Grad-CAM · layer4')
  await page.route(/alexnet.*\.onnx/, () => {})
  await page.getByRole('button', { name: /Network/ }).click()
  await page.getByRole('option', { name: /AlexNet/ }).click()
  await expect(page.getByRole('progressbar', { name: 'Loading AlexNet' })).toBeVisible()
  await page.getByRole('button', { name: 'Cancel' }).click()
  await expect(page.getByRole('progressbar')).toBeHidden()
  await expect(page.getByRole('button', { name: /Network/ })).toContainText('ResNet18')
  await predictions(page).nth(2).click()
  await expect(stage(page)).toContainText('Grad-CAM · layer4')
  await expect(predictions(page).nth(2)).toHaveAttribute('aria-selected', 'true')
})

test('how it is drawn comes back with the next visit', async ({ page }) => {
  await page.goto('/?engine=wasm&network=resnet18')
  await expect(stage(page)).toContainText('Grad-CAM · layer4')
  await page.getByRole('radio', { name: 'viridis' }).click()
  await page.getByRole('radio', { name: 'Cells' }).click()
  await page.reload()
  await expect(page.getByRole('radio', { name: 'viridis' })).toBeChecked()
  await expect(page.getByRole('radio', { name: 'Cells' })).toBeChecked()
})
