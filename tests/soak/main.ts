import { chromium, type Page } from '@playwright/test'
import { serveStatic } from '../e2e/static-host'
import { findChromium } from '../support/chromium'
import { close } from '../support/mirror'

/**
 * Whether a long visit leaves anything behind: so many interactions on the built page, one after the other, and what the page
 * holds before and after. `npm run soak`; a number after it stands for 2,000.
 */
const COUNT = Number(process.argv[2] ?? 2000)

/** Interactions before the first count: each kind of thing was made once then. */
const WARM = 40

const PICTURES = ['chelsea', 'coffee', 'astronaut', 'motorcycle', 'rocket'].length

/** Keeps count of object URLs where the page can be asked for it. As text: a compiler would put names of its own into it. */
const COUNT_URLS = `{
  const open = new Set()
  const { createObjectURL, revokeObjectURL } = URL
  const tell = () => { document.documentElement.dataset.urls = open.size }
  URL.createObjectURL = object => {
    const url = createObjectURL.call(URL, object)
    open.add(url)
    tell()
    return url
  }
  URL.revokeObjectURL = url => {
    revokeObjectURL.call(URL, url)
    open.delete(url)
    tell()
  }
}`

interface TensorHandle {
  readonly heap: number
  readonly workers: number
  readonly canvases: number
  readonly frames: number
  readonly urls: number
  readonly nodes: number
}

const host = await serveStatic()
const browser = await chromium.launch({
  executablePath: findChromium(),
  args: ['--no-sandbox', '--js-flags=--expose-gc', '--disable-background-networking'],
})
try {
  const page = await browser.newPage()
  const faults: string[] = []
  page.on('pageerror', ({ message }) => faults.push(message))
  await page.addInitScript({ content: COUNT_URLS })
  await page.goto(`${host.url}/?engine=wasm&network=resnet18`)
  await page.getByText('Grad-CAM · layer4').first().waitFor()

  for (let i = 0; i < WARM; i++) await interact(page, i)
  const before = await held(page)
  const begun = performance.now()
  for (let i = 0; i < COUNT; i++) await interact(page, i)
  const after = await held(page)

  const seconds = ((performance.now() - begun) / 1000).toFixed(0)
  process.stdout.write(`${COUNT} interactions in ${seconds} s; uncaught errors: ${faults.length}\n`)
  process.stdout.write(row('', 'before', 'after'))
  process.stdout.write(row('heap, MB', (before.heap / 1e6).toFixed(1), (after.heap / 1e6).toFixed(1)))
  for (const kind of ['workers', 'canvases', 'frames', 'urls', 'nodes'] as const)
    process.stdout.write(row(kind, `${before[kind]}`, `${after[kind]}`))
  const grown: string[] = (['workers', 'canvases', 'frames', 'urls'] as const).filter(
    kind => after[kind] > before[kind],
  )
  // Room for maps of the last targets, which are kept on purpose.
  if (after.heap > 1.5 * before.heap + 20e6) grown.push('memory')
  if (grown.length > 0 || faults.length > 0) {
    process.stderr.write(`${[...grown.map(kind => `more ${kind} than before`), ...faults].join('\n')}\n`)
    process.exitCode = 1
  }
} finally {
  await browser.close()
  close(host.server)
}

/** One of what people do most, in turn; work that is under way is cut short by what comes after, as theirs is. */
async function interact(page: Page, i: number): Promise<void> {
  const classes = page.getByRole('listbox', { name: 'Predictions' }).getByRole('option')
  const steps: readonly (() => Promise<unknown>)[] = [
    () => classes.nth(i % 5).click(),
    () => page.keyboard.press('m'),
    () => page.keyboard.press('ArrowLeft'),
    () => page.keyboard.press('g'),
    () => page.keyboard.press('ArrowRight'),
    () => page.getByRole('button', { name: /(Colours follow|colours).*Change$/i }).click(),
    () => page.getByRole('button', { name: 'Feature maps' }).click(),
    () => page.keyboard.press(`${1 + (i % 5)}`),
    () =>
      page
        .getByRole('listbox', { name: 'Pictures' })
        .getByRole('option')
        .nth(Math.floor(i / 10) % PICTURES)
        .click(),
    () => page.waitForTimeout(200),
  ]
  await steps[i % steps.length]?.()
}

/** What the page holds once it rests. */
async function held(page: Page): Promise<TensorHandle> {
  await page.getByRole('listbox', { name: 'Pictures' }).getByRole('option').first().click()
  await page.keyboard.press('1')
  await page.waitForTimeout(15_000)
  const browser = await page.context().newCDPSession(page)
  await browser.send('HeapProfiler.collectGarbage')
  const { usedSize } = await browser.send('Runtime.getHeapUsage')
  await browser.detach()
  const counts = await page.evaluate(() => ({
    canvases: document.querySelectorAll('canvas').length,
    frames: document.querySelectorAll('iframe').length,
    nodes: document.querySelectorAll('*').length,
    urls: Number(document.documentElement.dataset.urls ?? 0),
  }))
  return { heap: usedSize, workers: page.workers().length, ...counts }
}

function row(...cells: readonly string[]): string {
  return `${cells.map(cell => cell.padEnd(12)).join('')}\n`
}
