import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type BrowserContext,
  chromium,
  expect,
  type Page,
  type PlaywrightTestOptions,
  type PlaywrightWorkerOptions,
  test,
} from '@playwright/test'
import { findNetwork, isDownload } from '../../src/catalog/catalog'
import { close } from '../support/mirror'
import { ownNetwork } from '../support/own-network'
import { expectAccessible } from './accessible'
import { serveApp } from './app-server'
import { predictions, stage } from './page'

const notice = (page: Page) => page.getByRole('status').filter({ hasText: 'last until you close it' })

/** Look answers, Learn answers and keeps a draft between lessons, and the notice says once what is not kept. */
async function expectAtWork(page: Page, why: string) {
  const failures: Error[] = []
  page.on('pageerror', error => failures.push(error))
  await page.goto('/?engine=wasm&network=resnet18')
  await expect(stage(page)).toContainText('Grad-CAM · layer4')
  await predictions(page).nth(1).click()
  await expect(predictions(page).nth(1)).toHaveAttribute('aria-selected', 'true')
  await page.getByRole('radio', { name: 'viridis' }).click()
  await expect(notice(page)).toContainText(why)
  await expectAccessible(page, 'the page with the notice')
  await notice(page).getByRole('button', { name: 'Dismiss' }).click()

  await page.getByRole('link', { name: 'Learn' }).click()
  const output = page.getByRole('region', { name: 'Output' })
  await expect(output).toContainText('dy/dw')
  await page.getByRole('textbox', { name: 'Code' }).fill(`show('mine', 7)`)
  await page.getByRole('navigation', { name: 'Lessons' }).getByRole('link').nth(1).click()
  await expect(output).toContainText('and tripled')
  await page.getByRole('navigation', { name: 'Lessons' }).getByRole('link').first().click()
  await expect(output).toContainText('mine')
  await page.getByRole('link', { name: 'Look' }).click()
  await expect(page.getByRole('radio', { name: 'viridis' })).toBeChecked()
  await expect(notice(page)).toBeHidden()
  expect(failures).toEqual([])

  return failures
}

/** A browser in whose settings sites may keep nothing. */
async function withBlocked(
  { launchOptions, viewport }: Pick<PlaywrightTestOptions & PlaywrightWorkerOptions, 'launchOptions' | 'viewport'>,
  baseURL: string | undefined,
  visit: (page: Page) => Promise<void>,
): Promise<void> {
  const profile = mkdtempSync(join(tmpdir(), 'hookscope-blocked-'))
  mkdirSync(join(profile, 'Default'))
  const blocked = { profile: { default_content_setting_values: { cookies: 2 } } }
  writeFileSync(join(profile, 'Default', 'Preferences'), JSON.stringify(blocked))
  let context: BrowserContext | undefined
  try {
    context = await chromium.launchPersistentContext(profile, {
      ...launchOptions,
      ...(baseURL && { baseURL }),
      ...(viewport && { viewport }),
    })
    await visit(await context.newPage())
  } finally {
    await context?.close()
    rmSync(profile, { recursive: true, force: true })
  }
}

test('where the browser’s own setting blocks site data, Look and Learn run without memory and say so', async ({
  baseURL,
  launchOptions,
  viewport,
}) => {
  await withBlocked({ launchOptions, viewport }, baseURL, async page => {
    await page.goto('/')
    const thrown = await page.evaluate(() => {
      try {
        return typeof localStorage
      } catch (error) {
        return error instanceof DOMException ? error.name : 'another error'
      }
    })
    expect(thrown).toBe('SecurityError')
    const failures = await expectAtWork(page, 'This browser keeps nothing for this page.')
    await page.goto('/#learn/1')
    await page.reload()
    await expect(page.getByRole('region', { name: 'Output' })).toContainText('dy/dw')
    await expect(notice(page)).toContainText('This browser keeps nothing for this page.')
    expect(failures).toEqual([])
  })
})

test('where it blocks site data, a network is downloaded for the visit', async ({ launchOptions, viewport }) => {
  const entry = findNetwork('squeezenet1.1')
  if (!isDownload(entry)) throw new Error('squeezenet1.1 is no download')
  const app = await serveApp(entry, ownNetwork(1000))
  try {
    await withBlocked({ launchOptions, viewport }, app.url, async page => {
      await page.goto('/?engine=wasm&network=resnet18')
      await expect(stage(page)).toContainText('Grad-CAM · layer4')
      await page.getByRole('button', { name: /Network/ }).click()
      await page.getByRole('option', { name: 'More networks' }).click()
      const dialog = page.getByRole('dialog', { name: 'Networks' })
      await expect(dialog).toContainText('what is downloaded lasts until you close it or stop the engine')
      await dialog.getByRole('textbox', { name: 'Mirror' }).fill('/mirror')
      app.way = 'cut-off'
      await dialog.getByRole('button', { name: 'Download SqueezeNet 1.1' }).click()
      await expect(dialog.getByRole('alert')).toContainText('Try again: it goes on from there')
      app.way = 'good'
      await dialog.getByRole('button', { name: 'Download SqueezeNet 1.1' }).click()
      await dialog.getByRole('button', { name: 'Open SqueezeNet 1.1' }).click()
      await expect(page.getByRole('button', { name: /Network/ })).toContainText('SqueezeNet 1.1')
      await expect(predictions(page)).toHaveCount(5)
      expect(app.asked).toEqual(['whole', expect.stringMatching(/^bytes=\d+-$/)])
    })
  } finally {
    close(app.server)
  }
})

test('where its storage is full, Look and Learn run on and say so', async ({ page }) => {
  await page.goto('/icon.svg')
  await page.evaluate(() => {
    let piece = 'x'.repeat(1 << 20)
    for (let i = 0; piece.length > 0; i++)
      try {
        localStorage.setItem(`full ${i}`, piece)
      } catch {
        piece = piece.slice(0, piece.length >> 1)
      }
  })
  await expectAtWork(page, 'This browser has no more room for this page.')
})
