import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import type { Download, Page } from '@playwright/test'
import sharp from 'sharp'
import type { RawMap } from '../../src/image/types'
import type { GoldenRecord } from '../support/golden'

export const picturePath = (name: string): string => new URL(`../golden/pictures/${name}`, import.meta.url).pathname

/** Drops files on the window, as a person would from a folder. */
export async function drop(page: Page, ...files: { name: string; type: string; bytes: Buffer }[]): Promise<void> {
  const sent = files.map(({ name, type, bytes }) => ({ name, type, base64: bytes.toString('base64') }))
  await page.evaluate(sent => {
    const data = new DataTransfer()
    for (const { name, type, base64 } of sent)
      data.items.add(new File([Uint8Array.from(atob(base64), c => c.charCodeAt(0))], name, { type }))
    const target = document.querySelector('main') ?? document.body
    for (const kind of ['dragenter', 'dragover', 'drop'])
      target.dispatchEvent(new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer: data }))
  }, sent)
}

export const png = (path: string) => ({ name: basename(path), type: 'image/png', bytes: readFileSync(path) })

export async function saved(page: Page, press: () => Promise<void>): Promise<{ name: string; bytes: Buffer }> {
  const waiting = page.waitForEvent('download')
  await press()
  const download: Download = await waiting
  return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) }
}

/** The PNG in the clipboard. */
export async function copied(page: Page): Promise<Buffer> {
  const base64 = await page.evaluate(async () => {
    const [item] = await navigator.clipboard.read()
    const bytes = new Uint8Array((await (await item?.getType('image/png'))?.arrayBuffer()) ?? new ArrayBuffer(0))
    return btoa(Array.from(bytes, byte => String.fromCharCode(byte)).join(''))
  })
  return Buffer.from(base64, 'base64')
}

export async function pixels(bytes: Buffer | string) {
  const { data, info } = await sharp(bytes).ensureAlpha().raw().toBuffer({ resolveWithObject: true })
  return { width: info.width, height: info.height, data: new Uint8ClampedArray(data) }
}

interface SavedMap extends RawMap {
  readonly method: string
  readonly layer: string
  readonly class: number
}

/** The raw map that the page saves as JSON, in the form of the command line's `--raw`. */
function rawMap(bytes: Buffer): SavedMap {
  const [map] = JSON.parse(bytes.toString()).results[0].maps
  const [height, width] = map.shape
  return { ...map, height, width, values: Float32Array.from(map.values) }
}

/** PyTorch's values for one network, picture and way of resizing. */
export const golden = (name: string): GoldenRecord =>
  JSON.parse(readFileSync(new URL(`../golden/values/${name}.json`, import.meta.url), 'utf8'))

export const stage = (page: Page) => page.getByRole('region', { name: 'Picture and heatmap' })
export const predictions = (page: Page) => page.getByRole('listbox', { name: 'Predictions' }).getByRole('option')
export const rawMapOf = async (page: Page) => {
  const { bytes } = await saved(page, () => page.getByRole('button', { name: 'Raw map' }).click())
  return rawMap(bytes)
}
