import { expect, test } from '@playwright/test'
import { predictions, stage } from './page'

/** The README's picture. UPDATE_SCREENSHOT=1 writes it into docs; else it is made all the same, for a look. */
test('a screenshot of the page as it opens', async ({ page }, info) => {
  const path = process.env.UPDATE_SCREENSHOT === '1' ? 'docs/screenshot.png' : info.outputPath('screenshot.png')
  await page.setViewportSize({ width: 1440, height: 900 })
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' })
  await page.goto('/?engine=wasm&network=inception-v3')
  await expect(predictions(page).first()).toContainText('Egyptian cat')
  await expect(stage(page)).toContainText('Grad-CAM · Mixed_7c')
  // The maps of the layers come from the last towards the input; ten and the input are in sight.
  const maps = page.getByRole('radiogroup', { name: 'Layer' }).locator('canvas')
  await expect.poll(() => maps.count()).toBeGreaterThanOrEqual(11)
  await page.screenshot({ path })
})
