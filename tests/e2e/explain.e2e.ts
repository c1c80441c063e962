import { expect, type Page, test } from '@playwright/test'
import sharp from 'sharp'
import { scaleMap } from '../../src/image/heatmap'
import { overlayRows } from '../../src/image/overlay'
import { difference, type GoldenRecord } from '../support/golden'
import { copied, drop, golden, picturePath, pixels, png, predictions, rawMapOf, saved, stage } from './page'

/**
 * The page's map becomes the one that PyTorch gives; the tolerance is tests/engine/golden.test.ts's. It is asked for
 * again until it is there, for the map before stays on the page until then.
 */
async function expectGolden(page: Page, record: GoldenRecord, method: string, layer: string, target: number) {
  const reference = record.maps.find(m => m.method === method && m.layer === layer && m.class === target)
  if (!reference) throw new Error(`no reference for ${method} at ${layer}, class ${target}`)
  await expect(async () => {
    const map = await rawMapOf(page)
    expect([map.method, map.layer, map.class]).toEqual([method, layer, target])
    expect(difference(map.values, reference)).toBeLessThanOrEqual(Math.max(1e-3, 4 * reference.noise))
  }).toPass({ timeout: 30_000 })
}

test('from a dropped picture to a saved heatmap, on ResNet18', async ({ page }) => {
  const record = golden('resnet18.astronaut.crop')
  const [first = 0, second = 0] = record.top
  await page.goto('/?engine=wasm&network=resnet18')
  await expect(predictions(page).first()).toBeVisible()

  await drop(page, png(picturePath('astronaut.png')))
  await expect(stage(page).getByRole('img', { name: /astronaut/ })).toBeVisible()
  await expect(predictions(page).first()).toContainText(String(first))
  await expect(stage(page)).toContainText('Grad-CAM · layer4')
  await expectGolden(page, record, 'gradcam', 'layer4', first)

  await predictions(page).nth(1).click()
  await expect(predictions(page).nth(1)).toHaveAttribute('aria-selected', 'true')
  await expectGolden(page, record, 'gradcam', 'layer4', second)

  await page.getByRole('radio', { name: 'CAM', exact: true }).click()
  await expectGolden(page, record, 'cam', 'layer4', second)
  await page.getByRole('radio', { name: 'Grad-CAM', exact: true }).click()

  await page.getByRole('radio', { name: /^layer2, 28/ }).click({ force: true })
  await expect(stage(page)).toContainText('layer2')
  await expectGolden(page, record, 'gradcam', 'layer2', second)

  await page.getByRole('tab', { name: 'Feature maps' }).click()
  await expect(page.getByRole('option', { name: /channel/i }).first()).toBeVisible()
  const grid = await saved(page, () => page.getByRole('button', { name: 'Features' }).click())
  expect(grid.name).toBe('astronaut.resnet18.layer2.features.png')
  expect((await pixels(grid.bytes)).width).toBeGreaterThanOrEqual(12 * 28)

  const overlay = await saved(page, () => page.getByRole('button', { name: 'Save overlay' }).click())
  expect(overlay.name).toMatch(new RegExp(`^astronaut\\.resnet18\\.layer2\\.gradcam\\.${second}-[\\w-]+\\.png$`))
  const shown = await pixels(overlay.bytes)
  await page.getByRole('button', { name: 'Copy' }).click()
  await expect(page.getByText('Copied the overlay')).toBeVisible()
  expect(await pixels(await copied(page))).toEqual(shown)
  const expected = await pixels(picturePath('astronaut.png'))
  expect([shown.width, shown.height]).toEqual([expected.width, expected.height])
  const view = { colormap: 'turbo', opacity: 0.5, threshold: 0, blend: 'over', smooth: true } as const
  // short side 512 to 256, the middle 224 of it: 32 pixels of the picture are cut at each side
  const seen = { x: 32, y: 32, width: 448, height: 448 }
  overlayRows(expected.data, expected.width, 0, scaleMap(await rawMapOf(page)), seen, view)
  let worst = 0
  for (let i = 0; i < expected.data.length; i++)
    worst = Math.max(worst, Math.abs((expected.data[i] ?? 0) - (shown.data[i] ?? 0)))
  expect(worst).toBeLessThanOrEqual(2)
})

test('opens with Inception v3 and a sample, without being asked', async ({ page }) => {
  await page.goto('/?engine=wasm')
  await expect(predictions(page).first()).toContainText(/cat/)
  await expect(stage(page)).toContainText('Mixed_7c')
  await expectGolden(page, golden('inception-v3.chelsea.crop'), 'gradcam', 'Mixed_7c', 286)
  const squashed = golden('inception-v3.chelsea.squash')
  await page.getByRole('radio', { name: 'Squash' }).click()
  await expectGolden(page, squashed, 'gradcam', 'Mixed_7c', squashed.top[0] ?? 0)
})

test('AlexNet says why it has no CAM', async ({ page }) => {
  await page.goto('/?engine=wasm&network=alexnet')
  await expect(predictions(page).first()).toBeVisible()
  await expect(page.getByRole('radio', { name: 'CAM', exact: true })).toBeDisabled()
  await expect(stage(page)).toContainText('CAM needs global average pooling')
  await expectGolden(
    page,
    golden('alexnet.chelsea.crop'),
    'gradcam',
    'features.11',
    golden('alexnet.chelsea.crop').top[0] ?? 0,
  )
})

test('a file that is no picture leaves what is there, and says so', async ({ page }) => {
  await page.goto('/?engine=wasm&network=resnet18')
  await expect(predictions(page).first()).toBeVisible()
  const before = await predictions(page).allTextContents()
  await drop(page, { name: 'notes.png', type: 'image/png', bytes: Buffer.from('not a picture at all') })
  await expect(page.getByRole('alert')).toContainText('notes.png')
  expect(await predictions(page).allTextContents()).toEqual(before)
  await drop(page, { name: 'empty.png', type: 'image/png', bytes: Buffer.alloc(0) })
  await expect(page.getByRole('alert')).toContainText('empty.png')
  expect(await predictions(page).allTextContents()).toEqual(before)
})

test('asks no host but its own', async ({ page }) => {
  const asked: string[] = []
  page.on('request', request => asked.push(new URL(request.url()).host))
  await page.goto('/?engine=wasm&network=resnet18')
  await expect(predictions(page).first()).toBeVisible()
  expect(new Set(asked.filter(host => host !== ''))).toEqual(new Set([new URL(page.url()).host]))
  // Which hosts it may ask for downloads, and nothing else, is in catalog.e2e.ts.
  const blocked = await page.evaluate(() =>
    fetch('https://example.org/').then(
      () => 'sent',
      () => 'blocked',
    ),
  )
  expect(blocked).toBe('blocked')
})

test('of a picture that moves, the frame that the network saw is shown, on the stage, in the list and in the strip', async ({
  page,
}) => {
  const [width, height] = [64, 48]
  const frame = (background: string) =>
    sharp({ create: { width, height, channels: 3, background } })
      .png()
      .toBuffer()
  const frames = await Promise.all([frame('#ff0000'), frame('#0000ff')])
  const bytes = await sharp(frames, { join: { animated: true } })
    .gif({ delay: [50, 50] })
    .toBuffer()
  await page.goto('/?engine=wasm&network=resnet18')
  await drop(page, { name: 'moves.gif', type: 'image/gif', bytes })
  await expect(page.getByRole('option', { name: 'moves.gif' })).toHaveAttribute('aria-selected', 'true')
  const shown = page.locator('.picture-frame img')
  await expect.poll(() => shown.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(width)
  const listed = page.locator('.rail-picture[aria-selected=true] img')
  // A frame lasts 50 ms; a canvas would draw the first one of any file, so the screen itself is looked at.
  for (let look = 0; look < 6; look++) {
    const { data, width } = await pixels(await listed.screenshot())
    const middle = 4 * (Math.floor(data.length / width / 8) * width + (width >> 1))
    expect([...data.subarray(middle, middle + 3)]).toEqual([255, 0, 0])
  }
  await expect(listed).toHaveAttribute('src', `${await shown.getAttribute('src')}`)
  const address = await shown.getAttribute('src')
  await expect(page.locator('.strip-map').first()).toHaveCSS('background-image', `url("${address}")`)
})
