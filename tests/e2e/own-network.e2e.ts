import { expect, type Page, test } from '@playwright/test'
import { ownNetwork, weightsBeside } from '../support/own-network'
import { expectAccessible } from './accessible'
import { drop, picturePath, png, predictions, stage } from './page'

const onnx = (name: string, bytes: Buffer) => ({ name, type: '', bytes })
const sheet = (page: Page, name: string) => page.getByRole('dialog', { name })
const network = (page: Page) => page.getByRole('button', { name: /Network/ })

test.beforeEach(async ({ page }) => {
  await page.goto('/?engine=wasm&network=resnet18')
  await expect(stage(page)).toContainText('Grad-CAM · layer4')
})

test('a dropped network is set up, opened and explained; its setup comes back with the file', async ({ page }) => {
  const file = onnx('pets.onnx', ownNetwork(5, { producer: 'onnx-caffe2' }))
  await drop(page, file)
  const pets = sheet(page, 'pets.onnx')
  await expect(pets).toContainText('image, float32 [1, 3, 32, 32]')
  await expect(pets).toContainText('logits, 5 classes')
  await expect(pets).toContainText('onnx-caffe2, opset 17')
  await expect(pets).toContainText('It comes from Caffe (onnx-caffe2).')
  await expect(pets.getByRole('button', { name: /Values/ })).toContainText('0 to 255, BGR less means')
  await expect(pets.getByRole('img', { name: /What the network sees/ })).toBeVisible()
  await expect(pets).toContainText('32 × 32 pixels')
  // What was on screen is still there.
  await expect(stage(page)).toContainText('Grad-CAM · layer4')

  await pets.getByRole('radio', { name: 'Squash' }).click()
  await pets.getByRole('button', { name: /Values/ }).click()
  await page.getByRole('option', { name: '−1 to 1' }).click()
  await expect(pets).toContainText('A guess would be 0 to 255, BGR less means.')
  await expect(pets.getByRole('textbox', { name: 'Std (R, G, B)' })).toHaveValue('0.5, 0.5, 0.5')
  const chooser = page.waitForEvent('filechooser')
  await pets.getByRole('button', { name: 'Names from a file' }).click()
  const names = Buffer.from('cat\ndog\nfox\nhen\nowl\n')
  await (await chooser).setFiles({ name: 'names.txt', mimeType: 'text/plain', buffer: names })
  await expect(pets).toContainText('cat, dog, fox, hen, owl')
  await pets.getByRole('button', { name: 'Open the network' }).click()

  await expect(pets).toBeHidden()
  await expect(network(page)).toContainText('pets')
  await expect(predictions(page)).toHaveCount(5)
  await expect(predictions(page).first()).toContainText(/cat|dog|fox|hen|owl/)
  await expect(stage(page)).toContainText('Grad-CAM')

  await page.reload()
  await expect(stage(page)).toContainText('Grad-CAM · layer4')
  await drop(page, { ...file, name: 'renamed.onnx' })
  const renamed = sheet(page, 'renamed.onnx')
  await expect(renamed.getByRole('button', { name: /Values/ })).toContainText('−1 to 1')
  await expect(renamed.getByRole('radio', { name: 'Squash' })).toBeChecked()
  await expect(renamed).toContainText('cat, dog, fox, hen, owl')
})

test('it is set up anew from the menu', async ({ page }) => {
  await drop(page, onnx('pets.onnx', ownNetwork(5)))
  await sheet(page, 'pets.onnx').getByRole('button', { name: 'Open the network' }).click()
  await expect(network(page)).toContainText('pets')
  const before = await predictions(page).allTextContents()
  await network(page).click()
  await page.getByRole('option', { name: 'Set up pets …' }).click()
  const pets = sheet(page, 'pets.onnx')
  await pets.getByRole('radio', { name: '0 to 255' }).click()
  await expect(pets.getByRole('button', { name: /^Values/ })).toContainText('Values of your own')
  await pets.getByRole('button', { name: 'Use these settings' }).click()
  await expect(pets).toBeHidden()
  await expect.poll(() => predictions(page).allTextContents()).not.toEqual(before)
  await network(page).click()
  await expect(page.getByRole('option', { name: /^pets/ })).toHaveCount(1)
})

test('a picture and a network that are dropped together are both taken', async ({ page }) => {
  await drop(page, png(picturePath('coffee.png')), onnx('pets.onnx', ownNetwork(5)))
  await sheet(page, 'pets.onnx').getByRole('button', { name: 'Open the network' }).click()
  await expect(network(page)).toContainText('pets')
  await expect(stage(page).getByRole('img', { name: /coffee/ })).toBeVisible()
})

test('ImageNet’s names are guessed by the number of classes; others that do not fit cannot be chosen', async ({
  page,
}) => {
  await drop(page, onnx('thousand.onnx', ownNetwork(1000)))
  const thousand = sheet(page, 'thousand.onnx')
  const names = thousand.getByRole('button', { name: /Names(?! from)/ })
  await expect(names).toContainText('ImageNet, 1,000')
  await names.click()
  await expect(page.getByRole('option', { name: 'Caltech-101' })).toHaveAttribute('aria-disabled', 'true')
  await page.getByRole('option', { name: 'Numbers' }).click()
  await thousand.getByRole('button', { name: 'Open the network' }).click()
  await expect(predictions(page).first()).toContainText(/^\d+/)
})

test('weights in a second file are taken from beside it', async ({ page }) => {
  const { model, weights } = weightsBeside(ownNetwork(5), 'pets.onnx.data')
  await drop(page, onnx('pets.onnx', model))
  await expect(sheet(page, 'pets.onnx').getByRole('alert')).toContainText('in "pets.onnx.data". Give that file along')
  await page.keyboard.press('Escape')
  await drop(page, onnx('pets.onnx', model), onnx('pets.onnx.data', weights))
  await sheet(page, 'pets.onnx').getByRole('button', { name: 'Open the network' }).click()
  await expect(network(page)).toContainText('pets')
  await expect(predictions(page)).toHaveCount(5)
})

test('of several outputs one is chosen', async ({ page }) => {
  await drop(page, onnx('two.onnx', ownNetwork(4, { outputs: 2 })))
  const two = sheet(page, 'two.onnx')
  await two.getByRole('button', { name: /Output with the classes/ }).click()
  await page.getByRole('option', { name: 'logits2' }).click()
  await expect(two).toContainText('logits2, 5 classes')
  await two.getByRole('button', { name: 'Open the network' }).click()
  await expect(network(page)).toContainText('two')
  await expect(predictions(page)).toHaveCount(5)
})

test('a size that the file leaves open is asked for', async ({ page }) => {
  await drop(page, onnx('open.onnx', ownNetwork(5, { size: ['height', 'width'] })))
  const open = sheet(page, 'open.onnx')
  await expect(open).toContainText('224 × 224 pixels')
  const size = open.getByRole('textbox', { name: 'Height × width of the input' })
  await size.fill('4')
  await expect(open).toContainText('Write pixels, as 224, or height × width')
  await size.fill('48 × 64')
  await expect(open).toContainText('48 × 64 pixels')
  await open.getByRole('button', { name: 'Open the network' }).click()
  await expect(network(page)).toContainText('open')
  await expect(stage(page)).toContainText('48 × 64')
})

test('by keyboard alone, and with names for those who do not see', async ({ page }) => {
  await drop(page, onnx('pets.onnx', ownNetwork(5)))
  await expect(sheet(page, 'pets.onnx').getByRole('img', { name: /What the network sees/ })).toBeVisible()
  await expectAccessible(page, 'the sheet')
  for (let i = 0; i < 30; i++) {
    await page.keyboard.press('Tab')
    if (await page.getByRole('button', { name: 'Open the network' }).evaluate(it => it === document.activeElement))
      break
  }
  await page.keyboard.press('Enter')
  await expect(network(page)).toContainText('pets')
  await network(page).focus()
  await page.keyboard.press('Enter')
  await page.keyboard.press('End')
  await page.keyboard.press('Enter')
  await expect(sheet(page, 'Networks')).toBeVisible()
  await expectAccessible(page, 'the catalog')
  await page.keyboard.press('Escape')
  await expect(sheet(page, 'Networks')).toBeHidden()
})

test('broken files say so, and what was on screen stays', async ({ page }) => {
  const before = await predictions(page).allTextContents()
  const whole = ownNetwork(5)
  for (const [name, bytes, sentence] of [
    ['empty.onnx', Buffer.alloc(0), 'The model file is empty.'],
    ['text.onnx', Buffer.from('no network at all'), 'The model file is no ONNX file, or it is cut off.'],
    ['cut.onnx', whole.subarray(0, whole.length >> 1), /is no ONNX file, or it is cut off|bytes where its shape asks/],
  ] as const) {
    await drop(page, onnx(name, bytes))
    const broken = sheet(page, name)
    await expect(broken.getByRole('alert')).toContainText(sentence)
    await expect(broken.getByRole('button', { name: 'Open the network' })).toHaveCount(0)
    await page.keyboard.press('Escape')
    await expect(broken).toBeHidden()
  }
  expect(await predictions(page).allTextContents()).toEqual(before)
  await predictions(page).nth(1).click()
  await expect(predictions(page).nth(1)).toHaveAttribute('aria-selected', 'true')
})

test('values that cannot be are said where they are typed', async ({ page }) => {
  await drop(page, onnx('pets.onnx', ownNetwork(5)))
  const pets = sheet(page, 'pets.onnx')
  const mean = pets.getByRole('textbox', { name: 'Mean (R, G, B)' })
  await mean.fill('0.5, 0.5')
  await expect(pets).toContainText('Write 3 numbers with commas, or one for all.')
  await mean.fill('0.5, 0.25, 0.125')
  await expect(pets.getByText('Write 3 numbers with commas, or one for all.')).toBeHidden()
  await expect(pets.getByRole('button', { name: /^Values/ })).toContainText('Values of your own')
  await pets.getByRole('textbox', { name: 'Std (R, G, B)' }).fill('0, 1, 1')
  await expect(pets).toContainText('Write 3 numbers with commas, or one for all, above 0.')
})
