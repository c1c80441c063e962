import { expect, type Page, test } from '@playwright/test'
import sharp from 'sharp'
import type { Graph } from '../../src/graph/types'
import { writeOnnx } from '../../src/onnx/write'
import { GraphBuilder } from '../support/build'
import { drop, pixels, rawMapOf, saved, stage } from './page'

const SIDE = 64
const SQUARE = { left: 40, top: 8, width: 16, height: 16 }

/** How bright a picture is, behind something that moves its places. */
function brightness(move: (g: GraphBuilder, x: string) => string): Graph {
  const g = new GraphBuilder(13)
  const moved = move(g, g.input('x', [1, 3, SIDE, SIDE]))
  const grey = g.node('Relu', [g.node('Conv', [moved, g.weight([2, 3, 1, 1], new Float64Array(6).fill(1 / 3))])])
  const flat = g.node('Flatten', [g.node('GlobalAveragePool', [grey])])
  return g.output(g.node('Gemm', [flat, g.weight([3, 2], [1, 0, 0, 1, -1, -1])], { transB: 1 })).build()
}

const crop = (g: GraphBuilder, x: string) => g.node('Slice', [x, g.ints([0, 32]), g.ints([32, 64]), g.ints([2, 3])])
const flip = (g: GraphBuilder, x: string) =>
  g.node('Slice', [x, g.ints([-1]), g.ints([-9999]), g.ints([3]), g.ints([-1])])

async function open(page: Page, name: string, graph: Graph) {
  const white = { create: { ...SQUARE, channels: 3 as const, background: 'white' } }
  const black = { create: { width: SIDE, height: SIDE, channels: 3 as const, background: 'black' } }
  const square = await sharp(await sharp(black).png().toBuffer())
    .composite([{ input: await sharp(white).png().toBuffer(), left: SQUARE.left, top: SQUARE.top }])
    .png()
    .toBuffer()
  await page.goto('/?engine=wasm&network=resnet18')
  await expect(stage(page)).toContainText('Grad-CAM · layer4')
  await drop(page, { name: `${name}.onnx`, type: '', bytes: Buffer.from(writeOnnx(graph)) })
  const sheet = page.getByRole('dialog', { name: `${name}.onnx` })
  await sheet.getByRole('radio', { name: 'Squash' }).click()
  await sheet.getByRole('button', { name: /Values/ }).click()
  await page.getByRole('option', { name: '0 to 1', exact: true }).click()
  await sheet.getByRole('button', { name: 'Open the network' }).click()
  await expect(sheet).toBeHidden()
  await drop(page, { name: 'square.png', type: 'image/png', bytes: square })
  await expect(stage(page).getByRole('img', { name: /square/ })).toHaveAccessibleName(/Grad-CAM/)
}

/** Of the saved overlay: whether the map's colours are warm inside of the square alone. */
async function warmPixels(page: Page): Promise<{ inside: number; outside: number }> {
  const { bytes } = await saved(page, () => page.getByRole('button', { name: 'Overlay' }).click())
  const { width, data } = await pixels(bytes)
  let [inside, outside] = [0, 0]
  for (let i = 0; i < data.length / 4; i++) {
    const [x, y] = [i % width, Math.floor(i / width)]
    const { left, top } = SQUARE
    const isSquare = x >= left && x < left + SQUARE.width && y >= top && y < top + SQUARE.height
    if ((data[4 * i] ?? 0) > (data[4 * i + 2] ?? 0) + 60) isSquare ? inside++ : outside++
  }
  return { inside, outside }
}

for (const [name, move, words] of [
  ['crop', crop, 'over the part that this layer sees'],
  ['flip', flip, 'laid back where its cells came from'],
] as const)
  test(`behind a ${name} the map lies on what it is about`, async ({ page }) => {
    await open(page, name, brightness(move))
    await expect(stage(page)).toContainText(words)
    await expect(stage(page).getByRole('img', { name: /square/ })).toHaveAccessibleName(
      /(63|87)% from the left and 13% from the top/,
    )
    const { inside, outside } = await warmPixels(page)
    expect(inside).toBeGreaterThan(200)
    // Interpolation carries half a cell over the edge
    expect(outside).toBeLessThanOrEqual(4 * 17)
    const { places } = await rawMapOf(page)
    expect(places?.pieces).toHaveLength(1)
  })

test('a map whose places are mixed stands alone and says why', async ({ page }) => {
  await open(
    page,
    'mixed',
    brightness((g, x) => g.node('Add', [x, flip(g, x)])),
  )
  await expect(stage(page)).toContainText(/by itself: Add .* brings different places of the picture together/)
  await expect(stage(page).locator('img')).toHaveCount(0)
  const { bytes } = await saved(page, () => page.getByRole('button', { name: 'Overlay' }).click())
  const { width, height } = await pixels(bytes)
  expect([width, height]).toEqual([SIDE, SIDE])
})
