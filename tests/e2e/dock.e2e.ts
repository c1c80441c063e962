import { expect, type Locator, type Page, test } from '@playwright/test'
import { expectAccessible } from './accessible'
import { predictions, stage } from './page'

const tab = (page: Page, name: string | RegExp) => page.getByRole('tab', { name })
const separator = (page: Page) => page.getByRole('separator', { name: /^Height of/ })

/** The page does not scroll: nothing of it lies outside the window. */
async function expectOneScreen(page: Page) {
  const size = await page.evaluate(() => {
    const { scrollWidth, scrollHeight } = document.documentElement
    return { width: scrollWidth, height: scrollHeight }
  })
  expect(size).toEqual(page.viewportSize())
}

async function expectInWindow(page: Page, ...parts: Locator[]) {
  const { width, height } = page.viewportSize() ?? { width: 0, height: 0 }
  for (const part of parts) {
    const box = await part.boundingBox()
    if (!box) throw new Error(`${part} is not shown`)
    expect(Math.min(box.x, box.y)).toBeGreaterThanOrEqual(0)
    expect(box.x + box.width).toBeLessThanOrEqual(width)
    expect(box.y + box.height).toBeLessThanOrEqual(height)
  }
}

async function open(page: Page) {
  await page.goto('/?engine=wasm&network=resnet18')
  await expect(stage(page)).toContainText('Grad-CAM · layer4')
}

test('a channel goes off where its map, the bars and the logit are seen to move', async ({ page }) => {
  await page.setViewportSize({ width: 1280, height: 720 })
  await open(page)
  await expectOneScreen(page)
  const logit = page.locator('.logit strong')
  const before = await logit.innerText()
  await tab(page, 'Feature maps').click()
  const grid = page.getByRole('listbox', { name: 'Channels of layer4' })
  await grid.getByRole('option').first().hover()
  await grid.locator('.channel-power').first().click()
  await expect(page.getByRole('button', { name: /^Changed network/ })).toBeVisible()
  await expect(logit).not.toHaveText(before)
  await expectInWindow(page, page.locator('.picture'), page.getByRole('listbox', { name: 'Predictions' }), grid, logit)
  await expectOneScreen(page)
  await expect(predictions(page).first().locator('.prediction-before')).toBeVisible()
})

test('the dock by keyboard: a tab, its height, remembered, and given up', async ({ page }) => {
  await page.setViewportSize({ width: 1024, height: 640 })
  await open(page)
  const [body, picture] = [page.locator('.dock-body'), page.locator('.picture')]
  const heightOf = async (part: Locator) => (await part.boundingBox())?.height ?? 0
  await tab(page, 'Layers').focus()
  await page.keyboard.press('ArrowRight')
  await expect(tab(page, 'Feature maps')).toHaveAttribute('aria-selected', 'true')
  await separator(page).focus()
  const first = await heightOf(body)
  await page.keyboard.press('ArrowUp')
  await expect(separator(page)).toHaveAttribute('aria-valuenow', `${first + 16}`)
  expect(await heightOf(body)).toBe(first + 16)
  await page.keyboard.press('End')
  await expect(separator(page)).toHaveAttribute(
    'aria-valuenow',
    `${await separator(page).getAttribute('aria-valuemax')}`,
  )
  await expectInWindow(page, picture, body)
  await expectOneScreen(page)
  await page.keyboard.press('Home')
  const least = Number(await separator(page).getAttribute('aria-valuemin'))
  expect(await heightOf(body)).toBe(least)
  await page.reload()
  await expect(stage(page)).toContainText('Grad-CAM · layer4')
  await expect(tab(page, 'Feature maps')).toHaveAttribute('aria-selected', 'true')
  expect(await heightOf(body)).toBe(least)
  const small = await heightOf(picture)
  await separator(page).focus()
  await page.keyboard.press('Escape')
  await expect(body).toBeHidden()
  await expect(tab(page, 'Feature maps')).toBeFocused()
  expect(await heightOf(picture)).toBeGreaterThan(small)
  await page.keyboard.press('Enter')
  await expect(body).toBeVisible()
  await page.keyboard.press('Enter')
  await expect(body).toBeHidden()
  await expectAccessible(page, 'closed')
  await tab(page, 'Feature maps').click()
  await expect(body).toBeVisible()
  await expectAccessible(page, 'open')
  const edge = await separator(page).boundingBox()
  if (!edge) throw new Error('no edge')
  await page.mouse.move(500, edge.y + 4)
  await page.mouse.down()
  await page.mouse.move(500, edge.y - 76)
  await page.mouse.up()
  expect(await heightOf(body)).toBe(least + 80)
})
