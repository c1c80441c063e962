import { expect, type Page, test } from '@playwright/test'
import { predictions, stage } from './page'
import { serveStatic } from './static-host'

test.use({ serviceWorkers: 'allow' })

/** The page as it opens when nobody asks for anything but the engine that every machine has. */
const ADDRESS = '?engine=wasm'

/** Until the service worker has kept all that it keeps, and answers for the page. */
const kept = (page: Page): Promise<void> =>
  page.evaluate(async () => {
    await navigator.serviceWorker.ready
    while (!navigator.serviceWorker.controller) await new Promise(resolve => setTimeout(resolve, 50))
  })

test('a second visit needs no connection: page, network, samples and a lesson', async ({ page }) => {
  const host = await serveStatic()
  await page.goto(`${host.url}/${ADDRESS}`)
  await expect(stage(page)).toContainText('Grad-CAM · Mixed_7c')
  await kept(page)
  const first = await predictions(page).first().textContent()
  host.server.closeAllConnections()
  await new Promise(resolve => host.server.close(resolve))
  await expect(fetch(host.url)).rejects.toThrow()

  await page.goto(`${host.url}/${ADDRESS}`)
  await expect(stage(page)).toContainText('Grad-CAM · Mixed_7c')
  expect(await predictions(page).first().textContent()).toBe(first)
  await page.goto(`${host.url}/#learn/1`)
  await expect(page.getByRole('heading', { level: 2 }).first()).toBeVisible()
})

test('a new version says so, waits, and is loaded by a click', async ({ page }) => {
  let version = ''
  const host = await serveStatic((path, text) => (path.endsWith('sw.js') ? text + version : text))
  await page.goto(`${host.url}/${ADDRESS}`)
  await expect(stage(page)).toContainText('Grad-CAM · Mixed_7c')
  await kept(page)
  const notice = page.getByText('A new version of Hookscope is there.')
  await page.reload()
  await expect(stage(page)).toContainText('Grad-CAM · Mixed_7c')
  await expect(notice).toBeHidden()

  version = '\n// the next one\n'
  await page.reload()
  await expect(notice).toBeVisible()
  await expect(stage(page)).toContainText('Grad-CAM · Mixed_7c')
  const isWaiting = () => page.evaluate(async () => !!(await navigator.serviceWorker.getRegistration())?.waiting)
  expect(await isWaiting()).toBe(true)
  const loaded = page.waitForEvent('load')
  await page.getByRole('button', { name: 'Load it' }).click()
  await loaded
  await expect(stage(page)).toContainText('Grad-CAM · Mixed_7c')
  await expect(notice).toBeHidden()
  expect(await isWaiting()).toBe(false)
  host.server.close()
})
