import { expect, type Page, test } from '@playwright/test'
import { encodePng } from '../../src/cli/pictures'
import { ownNetwork } from '../support/own-network'
import { expectAccessible } from './accessible'
import { drop, predictions, stage } from './page'

const onnx = (name: string, bytes: Buffer) => ({ name, type: '', bytes })
const json = (name: string, value: unknown) => ({
  ...{ name, type: 'application/json', bytes: Buffer.from(JSON.stringify(value)) },
})
const sheet = (page: Page, name: string) => page.getByRole('dialog', { name })
const network = (page: Page) => page.getByRole('button', { name: /Network/ })

test.beforeEach(async ({ page }) => {
  await page.goto('/?engine=wasm&network=resnet18')
  await expect(stage(page)).toContainText('Grad-CAM · layer4')
})

test('what the file says stands on the sheet before any guess, and can be changed', async ({ page }) => {
  const metadata = {
    'Image.BitmapPixelFormat': 'Bgr8',
    'Image.NominalPixelRange': 'Normalized_1_1',
    'Image.ColorSpaceGamma': 'Linear',
    names: "{0: 'cat', 1: 'dog', 2: 'hen'}",
  }
  await drop(page, onnx('pets.onnx', ownNetwork(3, { producer: 'onnx-caffe2', metadata })))
  const pets = sheet(page, 'pets.onnx')
  const says = pets.getByRole('region', { name: 'The file says' })
  await expect(says).toContainText('Image metadata: BGR, 0 to 1, mean 0.5, std 0.5.')
  await expect(says).toContainText('Image.ColorSpaceGamma is Linear: it is not followed')
  await expect(says).toContainText('its classes are cat, dog, hen.')
  await expect(pets).not.toContainText('A guess would be')
  await expect(pets.getByRole('radio', { name: 'BGR' })).toBeChecked()
  await expect(pets.getByRole('textbox', { name: 'Mean (R, G, B)' })).toHaveValue('0.5, 0.5, 0.5')
  await expect(pets).toContainText(/Values from −0/)
  await expectAccessible(page, 'the sheet of a file that tells')
  await pets.getByRole('radio', { name: 'RGB' }).click()
  await pets.getByRole('button', { name: 'Open the network' }).click()
  await expect(network(page)).toContainText('pets')
  await expect(predictions(page)).toHaveCount(3)
  await expect(predictions(page).first()).toContainText(/cat|dog|hen/)
})

test('settings that are dropped together with the file are followed', async ({ page }) => {
  const settings = {
    ...{ do_resize: true, size: { shortest_edge: 36 }, resample: 3, do_center_crop: true },
    ...{ crop_size: { height: 32, width: 32 }, do_rescale: true, rescale_factor: 1 / 255 },
    ...{ do_normalize: true, image_mean: [0.5, 0.4, 0.3], image_std: [0.25, 0.25, 0.2] },
  }
  await drop(
    page,
    onnx('pets.onnx', ownNetwork(2)),
    json('preprocessor_config.json', settings),
    json('config.json', { id2label: { 0: 'cat', 1: 'dog' } }),
  )
  const pets = sheet(page, 'pets.onnx')
  const says = pets.getByRole('region', { name: 'The file says' })
  await expect(says).toContainText('short side 36, then the centre')
  await expect(says).toContainText('config.json: its classes are cat, dog.')
  await expect(pets.getByRole('textbox', { name: 'Mean (R, G, B)' })).toHaveValue('0.5, 0.4, 0.3')
  await expect(pets.getByRole('button', { name: /Resized/ })).toContainText('bicubic')
  await pets.getByRole('button', { name: 'Open the network' }).click()
  await expect(predictions(page).first()).toContainText(/cat|dog/)
})

test('channels and further inputs that nothing tells are asked for, with the keyboard alone', async ({ page }) => {
  await drop(page, onnx('bands.onnx', ownNetwork(3, { channels: 4, further: ['keep_prob', 'metadata'] })))
  const bands = sheet(page, 'bands.onnx')
  await expect(bands).toContainText('Say what “keep_prob” and “metadata” are fed.')
  const open = bands.getByRole('button', { name: 'Open the network' })
  await expect(open).toBeDisabled()
  const reach = async (name: RegExp) => {
    for (let i = 0; i < 40; i++) {
      if (await bands.getByRole('textbox', { name }).evaluate(field => field === document.activeElement)) return
      await page.keyboard.press('Tab')
    }
    throw new Error(`${name} is not reached`)
  }
  await reach(/keep_prob/)
  await page.keyboard.type('0.5')
  await expect(bands).toContainText('Say what “metadata” is fed.')
  await reach(/metadata/)
  await page.keyboard.type('1,')
  await expect(bands).toContainText('Write 2 numbers with commas, or one for all.')
  await page.keyboard.type('2')
  await expect(bands).toContainText('Say what each of its 4 channels is.')
  await reach(/What each of its 4 channels is/)
  await page.keyboard.type('rgb0')
  await expect(bands.getByRole('textbox', { name: 'Mean (R, G, B, 0)' })).toBeVisible()
  await expect(open).toBeEnabled()
  await open.focus()
  await page.keyboard.press('Enter')
  await expect(network(page)).toContainText('bands')
  await expect(predictions(page)).toHaveCount(3)
})

test('a grey network sees a grey picture, and its gradient is drawn', async ({ page }) => {
  await drop(page, onnx('digits.onnx', ownNetwork(10, { channels: 1 })))
  const digits = sheet(page, 'digits.onnx')
  await expect(digits.getByRole('textbox', { name: 'Mean (L)' })).toHaveValue('0')
  const canvas = digits.getByRole('img', { name: /What the network sees/ })
  await expect(canvas).toBeVisible()
  const coloured = await canvas.evaluate(element => {
    const context = element instanceof HTMLCanvasElement ? element.getContext('2d') : null
    const { data } = context?.getImageData(0, 0, 32, 32) ?? { data: [0, 1, 2] }
    return data.some((value, i) => i % 4 === 1 && (value !== data[i - 1] || value !== data[i + 1]))
  })
  expect(coloured).toBe(false)
  await digits.getByRole('button', { name: 'Open the network' }).click()
  await expect(predictions(page)).toHaveCount(5)
  await page.keyboard.press('g')
  await expect(stage(page)).toContainText('Saliency')
})

test('a channel of alpha is the picture’s own', async ({ page }) => {
  // The left half is transparent.
  const data = Uint8Array.from({ length: 4 * 64 }, (_, i) => (i % 4 === 3 ? (i % 32 < 16 ? 0 : 255) : 200))
  const bytes = Buffer.from(await encodePng({ width: 8, height: 8, channels: 4, data }))
  await drop(page, { name: 'half.png', type: 'image/png', bytes })
  await expect(stage(page).getByRole('img', { name: /half/ })).toBeVisible()
  await drop(page, onnx('mask.onnx', ownNetwork(3, { channels: 1 })))
  const mask = sheet(page, 'mask.onnx')
  await mask.getByRole('textbox', { name: 'What its channel is' }).fill('a')
  // The edge lies at 18.5 of 37 pixels, and 32 of them are cut from the second on: 15.5 / 32 are opaque.
  await expect(mask).toContainText('Values from 0 to 1, on average 0.484')
})
