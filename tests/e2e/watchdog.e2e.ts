import { expect, type Page, test } from '@playwright/test'
import { close } from '../support/mirror'
import { ownNetwork } from '../support/own-network'
import { drop, picturePath, png, predictions, stage } from './page'
import { type Host, serveStatic } from './static-host'

/**
 * The built page, whose worker gets stuck for good in files of some names, dies of others, or takes its time: real files and
 * a real worker, with the fault put where it reads a file's bytes.
 */
const FAULTS = `{
  const read = Blob.prototype.arrayBuffer
  Blob.prototype.arrayBuffer = async function () {
    if (/^hangs/.test(this.name)) for (;;);
    if (/^dies/.test(this.name)) {
      setTimeout(() => { throw new Error('out of memory') })
      return new Promise(() => {})
    }
    if (/^slow/.test(this.name)) for (const until = Date.now() + 7000; Date.now() < until; );
    return read.call(this)
  }
}
`

let host: Host
test.beforeAll(async () => {
  host = await serveStatic((path, text) => (/serve-[^/]*\.js$/.test(path) ? FAULTS + text : text))
})
test.afterAll(() => close(host.server))

const network = (name: string) => ({ name, type: '', bytes: ownNetwork(5) })
const sheet = (page: Page) => page.getByRole('dialog')

const atWork = (page: Page) => stage(page).getByText(/The engine has not answered for \d+ s/)

/** ResNet18's layer3 and the second class are on screen. */
async function open(page: Page) {
  await page.goto(`${host.url}/?engine=wasm&network=resnet18&layer=layer3`)
  await expect(stage(page)).toContainText('Grad-CAM · layer3')
  const said = page.locator('.caption strong')
  const first = await said.innerText()
  await predictions(page).nth(1).click()
  await expect(predictions(page).nth(1)).toHaveAttribute('aria-selected', 'true')
  await expect(said).not.toHaveText(first)
}

/** What was open answers again: at the same layer, by the same method. */
async function expectAtWork(page: Page) {
  await expect(stage(page)).toContainText('Grad-CAM · layer3')
  const said = page.locator('.caption strong')
  const before = await said.innerText()
  await predictions(page).nth(2).click()
  await expect(predictions(page).nth(2)).toHaveAttribute('aria-selected', 'true')
  await expect(said).not.toHaveText(before)
  await expect(stage(page)).toContainText('Grad-CAM · layer3')
  await expect(atWork(page)).toHaveCount(0)
  await expect(page.getByRole('button', { name: /Network/ })).toContainText('ResNet18')
}

test('a file in which the worker gets stuck is named and given up; what was open goes on', async ({ page }) => {
  await open(page)
  await drop(page, network('hangs.onnx'))
  await expect(sheet(page)).toContainText(/No answer for \d+ s/)
  await expect(sheet(page).getByRole('alert')).toContainText(
    /^hangs\.onnx could not be read: nothing came of it for \d+ s, so that was ended/,
    // A minute where the engine was at work when the file came.
    { timeout: 90_000 },
  )
  await sheet(page).getByRole('button', { name: 'Close' }).last().click()
  await expectAtWork(page)
  // And the next file is read as ever.
  await drop(page, network('good.onnx'))
  await sheet(page).getByRole('button', { name: 'Open the network' }).click()
  await expect(page.getByRole('button', { name: /Network/ })).toContainText('good')
  await expect(predictions(page)).toHaveCount(5)
})

test('closing the sheet ends a worker that is stuck', async ({ page }) => {
  await open(page)
  await drop(page, network('hangs.onnx'))
  await expect(sheet(page)).toContainText('Reading the file')
  await sheet(page).getByRole('button', { name: 'Close' }).last().click()
  await expectAtWork(page)
})

test('a file of which the worker dies is named; what was open goes on', async ({ page }) => {
  await open(page)
  await drop(page, network('dies.onnx'))
  await expect(sheet(page).getByRole('alert')).toContainText(
    /^dies\.onnx could not be opened\. The worker stopped: .*out of memory/,
  )
  await sheet(page).getByRole('button', { name: 'Close' }).last().click()
  await expectAtWork(page)
})

test('a file that takes its time is waited for, and the wait is said', async ({ page }) => {
  await open(page)
  await drop(page, network('slow.onnx'))
  await expect(sheet(page)).toContainText(/No answer for \d+ s/)
  await expect(sheet(page).getByRole('button', { name: 'Open the network' })).toBeVisible()
})

test('work in which the engine is silent says so, and Stop ends it', async ({ page }) => {
  await open(page)
  await drop(page, { ...png(picturePath('coffee.png')), name: 'hangs.png' })
  await expect(atWork(page)).toBeVisible()
  await stage(page).getByRole('button', { name: 'Stop' }).click()
  await expectAtWork(page)
})
