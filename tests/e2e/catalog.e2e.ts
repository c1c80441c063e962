import { expect, type Page, test } from '@playwright/test'
import { DOWNLOAD_HOSTS, findNetwork, isDownload } from '../../src/catalog/catalog'
import { close, half } from '../support/mirror'
import { ownNetwork } from '../support/own-network'
import { expectAccessible } from './accessible'
import { type AppServer, serveApp } from './app-server'
import { predictions, stage } from './page'

const found = findNetwork('squeezenet1.1')
if (!isDownload(found)) throw new Error('squeezenet1.1 is no download')
const entry = found

/** Stands in the place of SqueezeNet 1.1: 1,000 classes of pictures of 32×32. */
const file = ownNetwork(1000)

let app: AppServer
test.beforeEach(async () => {
  app = await serveApp(entry, file)
})
test.afterEach(() => close(app.server))

const dialog = (page: Page) => page.getByRole('dialog', { name: 'Networks' })
const row = (page: Page) => dialog(page).getByRole('listitem').filter({ hasText: entry.name })

/** The page with its catalog open, and downloads from the local server. */
async function openCatalog(page: Page) {
  await page.goto(`${app.url}/?engine=wasm&network=resnet18`)
  await expect(stage(page)).toContainText('Grad-CAM · layer4')
  await showCatalog(page)
  await dialog(page).getByRole('textbox', { name: 'Mirror' }).fill('/mirror')
}

async function showCatalog(page: Page) {
  await page.getByRole('button', { name: /Network/ }).click()
  await page.getByRole('option', { name: 'More networks' }).click()
  await expect(dialog(page)).toBeVisible()
}

test('a network is downloaded with one click, opened, there at the next visit and without a host, and deleted', async ({
  page,
}) => {
  await openCatalog(page)
  await expect(dialog(page)).toContainText('Nothing is downloaded yet')
  await expectAccessible(page, 'the catalog')
  await row(page).getByRole('button', { name: 'Download SqueezeNet 1.1' }).click()
  await row(page).getByRole('button', { name: 'Open SqueezeNet 1.1' }).click()
  await expect(page.getByRole('button', { name: /Network/ })).toContainText('SqueezeNet 1.1')
  await expect(predictions(page)).toHaveCount(5)
  await expect(stage(page)).toContainText('Grad-CAM')
  expect(app.asked).toEqual(['whole'])

  app.way = 'missing'
  await page.goto(`${app.url}/?engine=wasm&network=squeezenet1.1`)
  await expect(page.getByRole('button', { name: /Network/ })).toContainText('SqueezeNet 1.1')
  await expect(predictions(page)).toHaveCount(5)
  expect(app.asked).toEqual(['whole'])

  await page.getByRole('button', { name: /Network/ }).click()
  await expect(page.getByRole('option', { name: 'SqueezeNet 1.1' })).toBeVisible()
  await page.keyboard.press('Escape')
  await showCatalog(page)
  await row(page).getByRole('button', { name: 'Delete SqueezeNet 1.1' }).click()
  await expect(dialog(page)).toContainText('Nothing is downloaded yet')
  await expect(row(page).getByRole('button', { name: 'Download SqueezeNet 1.1' })).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(predictions(page)).toHaveCount(5)
})

test('a link to a network that is not here asks before it fetches', async ({ page }) => {
  await openCatalog(page)
  await page.goto(`${app.url}/?engine=wasm&network=squeezenet1.1`)
  const question = page.getByRole('alertdialog', { name: 'Download' })
  await expect(question).toContainText('This link opens SqueezeNet 1.1, which is not here')
  expect(app.asked).toEqual([])
  await question.getByRole('button', { name: 'Download' }).click()
  await expect(page.getByRole('button', { name: /Network/ })).toContainText('SqueezeNet 1.1')
  await expect(predictions(page)).toHaveCount(5)
  expect(app.asked).toEqual(['whole'])
  await page.goto(`${app.url}/?engine=wasm&network=googlenet`)
  await page.getByRole('button', { name: /instead$/ }).click()
  await expect(page.getByRole('button', { name: /Network/ })).toContainText('Inception v3')
  await expect(predictions(page)).toHaveCount(5)
  expect(app.asked).toEqual(['whole'])
})

test('a download that breaks off says so, and goes on from there', async ({ page }) => {
  app.way = 'cut-off'
  await openCatalog(page)
  await row(page)
    .getByRole('button', { name: /Download/ })
    .click()
  await expect(row(page).getByRole('alert')).toContainText(
    'broke off at 0.0 of 0.0 MB. Try again: it goes on from there.',
  )
  app.way = 'good'
  await page.reload()
  await expect(stage(page)).toContainText('Grad-CAM · layer4')
  await showCatalog(page)
  await expect(dialog(page).getByRole('textbox', { name: 'Mirror' })).toHaveValue('/mirror')
  await row(page)
    .getByRole('button', { name: /Download/ })
    .click()
  await expect(row(page).getByRole('button', { name: /Open/ })).toBeVisible()
  expect(app.asked).toEqual(['whole', `bytes=${half(file)}-`])
})

test('a download that is stopped keeps what came', async ({ page }) => {
  app.way = 'stalled'
  await openCatalog(page)
  await row(page)
    .getByRole('button', { name: /Download/ })
    .click()
  await expect(row(page).getByRole('progressbar')).toHaveAttribute('aria-valuenow', String(half(file)))
  await row(page).getByRole('button', { name: /Stop/ }).click()
  await expect(row(page).getByRole('button', { name: /Download/ })).toContainText('Go on at')
  await expect(row(page).getByRole('alert')).toHaveCount(0)
})

for (const [way, sentence] of [
  ['wrong-bytes', /is not the catalog’s file: its SHA-256 is not the catalog’s\. It was thrown away/],
  ['missing', /could not be fetched: the server answered 404/],
] as const) {
  test(`a download that comes ${way} says so and leaves nothing`, async ({ page }) => {
    app.way = way
    await openCatalog(page)
    await row(page)
      .getByRole('button', { name: /Download/ })
      .click()
    await expect(row(page).getByRole('alert')).toContainText(sentence)
    await expect(dialog(page)).toContainText('Nothing is downloaded yet')
    await page.keyboard.press('Escape')
    await predictions(page).nth(1).click()
    await expect(predictions(page).nth(1)).toHaveAttribute('aria-selected', 'true')
  })
}

test('a browser without room says so and leaves nothing', async ({ page }) => {
  await openCatalog(page)
  const browser = await page.context().newCDPSession(page)
  await browser.send('Storage.overrideQuotaForOrigin', { origin: app.url, quotaSize: 10_000 })
  await row(page)
    .getByRole('button', { name: /Download/ })
    .click()
  await expect(row(page).getByRole('alert')).toContainText('There is no room for SqueezeNet 1.1')
  await expect(dialog(page)).toContainText('Nothing is downloaded yet')
})

test('a host that the security policy does not name is refused before it is asked', async ({ page }) => {
  await openCatalog(page)
  const mirror = dialog(page).getByRole('textbox', { name: 'Mirror' })
  await mirror.fill('https://example.org/models')
  await expect(dialog(page)).toContainText(/This page may ask localhost:\d+ and huggingface\.co, .* alone/)
  await mirror.fill('nonsense://')
  await expect(dialog(page)).toContainText('is no address')
  await mirror.fill('')
  await expect(mirror).not.toHaveAttribute('aria-invalid', 'true')
})

test('the policy names the catalog’s hosts and no other, for the page as for its worker', async ({ page, request }) => {
  await page.goto('/')
  const policy = await page.locator('meta[http-equiv="Content-Security-Policy"]').getAttribute('content')
  const connect = policy?.split('; ').find(part => part.startsWith('connect-src'))
  expect(connect).toBe(`connect-src 'self' blob: data: ${DOWNLOAD_HOSTS.join(' ')}`)
  const elsewhere = policy?.replace(connect ?? '', '')
  expect(elsewhere).not.toMatch(/https?:|\*/)
  const script = page.workers()[0]?.url() ?? ''
  expect((await request.get(script)).headers()['content-security-policy']).toBe(policy)
})
