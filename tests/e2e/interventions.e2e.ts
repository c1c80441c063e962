import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { expect, type Page, test } from '@playwright/test'
import { type Change, changeOf } from '../../src/engine/interventions'
import type { Network } from '../../src/engine/network'
import type { Run } from '../../src/engine/run'
import { fromPixels, toInput } from '../../src/image/transform'
import { openModel } from '../support/engine'
import { goldenPixels, PREPROCESSING } from '../support/golden'
import { mapOf } from './explain-in-node'
import { predictions, saved, stage } from './page'

/** The engine in Node, on the same pictures: what the page has to show. */
let network: Network
test.beforeAll(async () => {
  network = await openModel('resnet18')
})
test.afterAll(() => network.dispose())

async function seenInNode(picture: string): Promise<Run> {
  const preprocessing = PREPROCESSING.resnet18
  if (!preprocessing) throw new Error('no preprocessing')
  return network.forward((await toInput(fromPixels(await goldenPixels(picture)), preprocessing, 'crop')).input)
}

async function changedInNode(picture: string, ...changes: readonly (readonly [path: string, change: Change])[]) {
  const run = await seenInNode(picture)
  const after = await run.intervene(changes.map(([path, change]) => ({ path, change: changeOf(change) })))
  run.dispose()
  return after
}

interface Saved {
  readonly model: string
  readonly interventions?: readonly unknown[]
  readonly results: readonly [
    {
      readonly logits: readonly number[]
      readonly maps: readonly [{ layer: string; class: number; values: number[] }]
    },
  ]
}

/** What is on screen, with its logits and raw map. */
async function shown(page: Page): Promise<Saved> {
  const { bytes } = await saved(page, () => page.getByRole('button', { name: 'Raw map' }).click())
  return JSON.parse(bytes.toString())
}

const worst = (found: ArrayLike<number>, expected: ArrayLike<number>) =>
  Array.from(expected).reduce((most, x, i) => Math.max(most, Math.abs(x - (found[i] ?? Number.NaN))), 0)

/** Until the page shows what the engine in Node gives; another decoder and other threads leave 1e-4 of the largest. */
async function expectAsInNode(page: Page, run: Run, layer = 'layer4') {
  await expect(async () => {
    const [result] = (await shown(page)).results
    const [map] = result.maps
    expect(worst(result.logits, run.logits) / Math.max(...run.logits.map(Math.abs))).toBeLessThanOrEqual(1e-4)
    const expected = (await mapOf(run, 'gradcam', layer, map.class)).map.values
    expect(map.layer).toBe(layer)
    expect(worst(map.values, expected) / Math.max(...expected)).toBeLessThanOrEqual(1e-3)
  }).toPass({ timeout: 30_000 })
}

const panel = (page: Page) => page.getByRole('tabpanel', { name: /Intervene/ })
const marker = (page: Page) => page.getByRole('button', { name: /^Changed network/ })
const channels = (page: Page) => page.getByRole('listbox', { name: /^Channels of/ }).getByRole('option')
const list = (page: Page) => panel(page).getByRole('list', { name: 'Changes' }).getByRole('listitem')

async function open(page: Page) {
  await page.goto('/?engine=wasm&network=resnet18')
  await expect(stage(page)).toContainText('Grad-CAM · layer4')
  await page.getByRole('tab', { name: /Intervene/ }).click()
}

async function chooseKind(page: Page, kind: string) {
  await panel(page)
    .getByRole('button', { name: / Change$/ })
    .click()
  await page.getByRole('option', { name: kind }).click()
}

const points = (row: string) => Number(/([+−±][\d.]+)$/.exec(row)?.[1]?.replace('−', '-').replace('±', ''))

test('one click in the grid switches a channel off: prediction and heatmap are the engine’s, and come back', async ({
  page,
}) => {
  await open(page)
  const before = await shown(page)
  expect(before.interventions).toBeUndefined()
  await page.getByRole('tab', { name: 'Feature maps' }).click()
  const first = channels(page).first()
  const channel = Number(/\d+/.exec(await first.innerText())?.[0])
  await first.hover()
  await first.locator('.channel-power').click()
  await expect(marker(page)).toHaveText(`Changed network: layer4 ${channel} off`)

  const run = await changedInNode('chelsea.png', ['layer4', { kind: 'off', channels: [channel] }])
  await expectAsInNode(page, run)
  const after = await shown(page)
  expect(after.interventions).toEqual([{ path: 'layer4', change: { kind: 'off', channels: [channel] } }])

  // Side by side: the first class before and after, and the difference of what the engine says in points.
  const probability = (logits: ArrayLike<number>, c: number) =>
    Math.exp(logits[c] ?? 0) / Array.from(logits).reduce((sum, logit) => sum + Math.exp(logit), 0)
  const target = before.results[0].maps[0].class
  const difference = 100 * (probability(run.logits, target) - probability(before.results[0].logits, target))
  expect(Math.abs(difference)).toBeGreaterThan(1)
  const row = predictions(page).and(page.locator('[aria-selected=true]'))
  expect(Math.abs(points(await row.innerText()) - difference)).toBeLessThanOrEqual(0.06)
  await expect(stage(page)).toContainText('Grad-CAM · layer4')

  // Off for a while, on again, and taken away.
  await page.getByRole('tab', { name: /Intervene/ }).click()
  const same = async (saved: Saved) => expect((await shown(page)).results[0].logits).toEqual(saved.results[0].logits)
  await list(page).getByRole('switch').press(' ')
  await expect(marker(page)).toBeHidden()
  await same(before)
  await list(page).getByRole('switch').press(' ')
  await expect(marker(page)).toBeVisible()
  await same(after)
  await page.getByRole('button', { name: 'Reset' }).click()
  await expect(marker(page)).toBeHidden()
  await expect(list(page)).toHaveCount(0)
  await same(before)
  run.dispose()
})

test('several changes at once, one of them before the layer that is shown; another picture keeps them', async ({
  page,
}) => {
  await open(page)
  await panel(page)
    .getByRole('textbox', { name: /Channels/ })
    .fill('12, 40-45')
  await panel(page).getByRole('button', { name: 'Apply' }).click()
  await expect(list(page)).toHaveText(/12, 40–45 off/)
  await panel(page).getByRole('button', { name: 'New change' }).click()
  await chooseKind(page, 'Scale')
  await panel(page)
    .getByRole('button', { name: /Where to change/ })
    .click()
  await page.getByRole('searchbox', { name: 'Find a layer' }).fill('layer2.0.conv1')
  await page.getByRole('option', { name: /^layer2\.0\.conv1/ }).click()
  await panel(page).getByRole('textbox', { name: 'Factor' }).fill('-0.5')
  await panel(page).getByRole('button', { name: 'Apply' }).click()
  await expect(marker(page)).toContainText('and 1 more')
  const off = ['layer4', { kind: 'off', channels: [12, 40, 41, 42, 43, 44, 45] }] as const
  const cat = await changedInNode('chelsea.png', off, ['layer2.0.conv1', { kind: 'scale', factor: -0.5 }])
  await expectAsInNode(page, cat)

  // What is in force follows each edit.
  await panel(page).getByRole('textbox', { name: 'Factor' }).fill('2')
  await page.keyboard.press('Tab')
  const twice = await changedInNode('chelsea.png', off, ['layer2.0.conv1', { kind: 'scale', factor: 2 }])
  await expectAsInNode(page, twice)
  await page.getByRole('tab', { name: 'Layers' }).click()
  await page.getByRole('radio', { name: /^layer2, 28/ }).click({ force: true })
  await expectAsInNode(page, twice, 'layer2')

  await page.getByRole('option', { name: /coffee/i }).click()
  await expect(stage(page).getByRole('img', { name: /coffee/i })).toBeVisible()
  await expect(marker(page)).toContainText('and 1 more')
  const coffee = await changedInNode('coffee.png', off, ['layer2.0.conv1', { kind: 'scale', factor: 2 }])
  await expectAsInNode(page, coffee, 'layer2')
  for (const run of [cat, twice, coffee]) run.dispose()
})

test('by keyboard alone: a channel off with O, picked channels, a number in steps', async ({ page }) => {
  await page.goto('/?engine=wasm&network=resnet18')
  await expect(stage(page)).toContainText('Grad-CAM · layer4')
  await page.getByRole('tab', { name: 'Layers' }).focus()
  await page.keyboard.press('ArrowRight')
  await channels(page).first().focus()
  await page.keyboard.press('o')
  await expect(marker(page)).toContainText('off')
  await expect(channels(page).filter({ hasText: 'switched off' })).toHaveCount(1)
  await page.keyboard.press('o')
  await expect(marker(page)).toBeHidden()
  await page.keyboard.press('Enter')
  await expect(stage(page)).toContainText(/Channel \d+ of layer4/)
  await page.getByRole('button', { name: 'Switch this channel off' }).focus()
  await page.keyboard.press('Enter')
  await expect(page.getByRole('button', { name: 'Switched off' })).toBeVisible()
  await expect(stage(page)).toContainText(/Channel \d+ of layer4/)
  await page.keyboard.press('Enter')
  await expect(marker(page)).toBeHidden()
  await page.keyboard.press('Escape')

  await page.getByRole('tab', { name: 'Feature maps' }).focus()
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('Tab')
  await expect(page.getByRole('button', { name: 'Close the dock' })).toBeFocused()
  await page.keyboard.press('Tab')
  await expect(panel(page).getByRole('button', { name: / Change$/ })).toBeFocused()
  await page.keyboard.press('Enter')
  await page.keyboard.type('Scale')
  await page.keyboard.press('Enter')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Tab')
  await page.keyboard.type('3')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Tab')
  await page.keyboard.press('ArrowUp')
  await page.keyboard.press('Enter')
  await panel(page).getByRole('button', { name: 'Apply' }).press('Enter')
  await expect(list(page)).toHaveText(/3 × 2\.1/)
  const run = await changedInNode('chelsea.png', ['layer4', { kind: 'scale', factor: 2.1, channels: [3] }])
  await expectAsInNode(page, run)
  run.dispose()
})

test.describe('a hook in JavaScript', () => {
  const code = (page: Page) => panel(page).getByRole('textbox', { name: 'Hook' })
  const problem = (page: Page) => panel(page).getByRole('alert')

  async function runCode(page: Page, text: string) {
    await code(page).fill(text)
    await panel(page).getByRole('button', { name: 'Run' }).click()
  }

  test.beforeEach(async ({ page }) => {
    await open(page)
    await chooseKind(page, 'JavaScript')
  })

  test('changes what flows on; layers before it have no maps', async ({ page }) => {
    await runCode(
      page,
      `(activation, { shape: [, channels, height, width], path }) => {
        if (path !== 'layer4' || activation.length !== channels * height * width) throw new Error('not what it is told')
        return activation.map(x => Math.min(x, 0.8))
      };`,
    )
    await expect(marker(page)).toContainText('JavaScript')
    const run = await changedInNode('chelsea.png', ['layer4', { kind: 'clamp', min: -Infinity, max: 0.8 }])
    await expectAsInNode(page, run)
    await page.getByRole('tab', { name: 'Layers' }).click()
    await expect(page.getByRole('tabpanel', { name: 'Layers' })).toContainText(
      'No gradient passes the change of layer4',
    )
    run.dispose()
  })

  test('that returns nothing only reads', async ({ page }) => {
    const before = await shown(page)
    await runCode(page, 'async activation => { activation.fill(0) }')
    await expect(marker(page)).toContainText('JavaScript')
    expect(worst((await shown(page)).results[0].logits, before.results[0].logits)).toBeLessThanOrEqual(1e-5)
  })

  test('reaches nothing outside: no host, no socket, no script, no store, no page', async ({ page }) => {
    // A server that would answer anyone.
    let asked = 0
    const server = createServer((_, response) => {
      asked++
      response.writeHead(200, { 'access-control-allow-origin': '*', 'cross-origin-resource-policy': 'cross-origin' })
      response.end('1')
    })
    server.on('upgrade', () => asked++)
    await new Promise<void>(resolve => server.listen(0, resolve))
    const { port } = server.address() as AddressInfo
    const there = `http://localhost:${port}`
    await fetch(there)
    expect(asked).toBe(1)
    await runCode(
      page,
      `async () => {
        const by = (make, ...events) => new Promise((resolve, reject) => {
          const it = make()
          for (const name of events) it[name] = resolve
          it.onerror = reject
        })
        const fetcher = 'fetch("${there}/icon.svg").then(() => postMessage("sent"), () => { throw new Error("no") })'
        const tries = {
          fetch: () => fetch('${there}/icon.svg'),
          'fetch without an answer': () => fetch('${there}/', { mode: 'no-cors' }),
          'fetch data': () => fetch('data:text/plain,1'),
          XMLHttpRequest: () => by(() => {
            const request = new XMLHttpRequest()
            request.open('GET', '${there}/icon.svg')
            setTimeout(() => request.send())
            return request
          }, 'onload'),
          WebSocket: () => by(() => new WebSocket('ws://localhost:${port}/'), 'onopen'),
          EventSource: () => by(() => new EventSource('${there}/'), 'onopen'),
          importScripts: () => importScripts('${there}/samples/none.js'),
          'importScripts data': () => importScripts('data:text/javascript,1'),
          import: () => import('${there}/samples/none.js'),
          'a worker of its own': () => by(() => new Worker(URL.createObjectURL(new Blob([fetcher]))), 'onmessage'),
          indexedDB: () => by(() => indexedDB.open('x'), 'onsuccess'),
          caches: () => caches.open('x'),
          files: () => navigator.storage.getDirectory(),
          page: () => [window, document, parent],
        }
        const found = await Promise.all(Object.entries(tries).map(async ([name, attempt]) => {
          const late = new Promise((_, reject) => setTimeout(reject, 1500))
          try { await Promise.race([attempt(), late]); return name + ' reached' } catch { return name + ' blocked' }
        }))
        throw new Error('origin ' + origin + '; ' + found.join('; '))
      }`,
    )
    await expect(problem(page)).toContainText('origin null')
    const found = await problem(page).innerText()
    expect(found).not.toContain('reached')
    expect(found.match(/blocked/g)).toHaveLength(14)
    expect(asked).toBe(1)
    server.close()
    await expect(marker(page)).toBeHidden()
    const policy = await page.locator('meta[http-equiv="Content-Security-Policy"]').getAttribute('content')
    expect(policy).not.toContain("'unsafe-eval'")
  })

  for (const [what, text, sentence] of [
    ['cannot be read', 'activation => {{', /^The hook at layer4 cannot be read as a function: SyntaxError/],
    ['is no function', '42', /^The hook at layer4 cannot be read as a function/],
    [
      'throws',
      'activation => {\n  return activation.nothing.more\n}',
      /^The hook at layer4 failed in line 2: TypeError: .*more/,
    ],
    [
      'gives too few',
      'activation => activation.slice(1)',
      /returned 25087 values where the activation has 25088 \(1 × 512 × 7 × 7\)/,
    ],
    ['gives another kind', 'activation => [...activation]', /returned an Array\. Return a Float32Array/],
    ['gives no numbers', 'activation => activation.map(x => x / 0)', /returned (NaN|-?Infinity) at place \d+/],
  ] as const)
    test(`that ${what}: a sentence, and what was on screen stays`, async ({ page }) => {
      const before = await shown(page)
      await runCode(page, text)
      await expect(problem(page)).toHaveText(sentence)
      await expect(marker(page)).toBeHidden()
      await expect(code(page)).toHaveValue(text)
      expect(await shown(page)).toEqual(before)
      await runCode(page, 'activation => activation.map(x => 2 * x)')
      await expect(marker(page)).toContainText('JavaScript')
      await expect(problem(page)).toHaveCount(0)
    })

  test('that never ends is ended by the limit; meanwhile the page goes on, and it can be stopped before', async ({
    page,
  }) => {
    const before = await shown(page)
    const workers = page.workers().length
    const start = Date.now()
    await runCode(page, '() => { for (;;); }')
    await expect.poll(() => page.workers().length).toBe(workers + 1)
    await page.getByRole('radio', { name: 'viridis' }).click()
    await expect(page.getByRole('radio', { name: 'viridis' })).toBeChecked()
    expect(Date.now() - start).toBeLessThan(4500)
    await expect(problem(page)).toHaveText(/took longer than 5 s and was ended/)
    expect(Date.now() - start).toBeGreaterThan(4900)
    await expect.poll(() => page.workers().length).toBe(workers)
    await expect(page.locator('iframe')).toHaveCount(0)
    expect(await shown(page)).toEqual(before)

    await panel(page).getByRole('button', { name: 'Run' }).click()
    await panel(page).getByRole('button', { name: 'Stop' }).click()
    await expect(panel(page).getByRole('button', { name: 'Stop' })).toBeHidden()
    await expect.poll(() => page.workers().length, { timeout: 2000 }).toBe(workers)
    await predictions(page).nth(1).click()
    await expect(async () => {
      expect((await shown(page)).results[0].maps[0].class).not.toBe(before.results[0].maps[0].class)
    }).toPass({ timeout: 4000 })
  })
})

test('without sight: names, roles and contrast of the panel, wide and narrow', async ({ page }) => {
  const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
  await page.emulateMedia({ reducedMotion: 'reduce' })
  await open(page)
  await panel(page)
    .getByRole('textbox', { name: /Channels/ })
    .fill('12')
  await panel(page).getByRole('button', { name: 'Apply' }).click()
  await expect(marker(page)).toBeVisible()
  for (const [width, colorScheme] of [
    [1440, 'light'],
    [360, 'dark'],
  ] as const) {
    await page.setViewportSize({ width, height: 800 })
    await page.emulateMedia({ colorScheme })
    await page.evaluate(axe)
    const found = await page.evaluate<string[]>(
      `axe.run(document).then(it => it.violations.map(({ id, nodes }) => id + ': ' + nodes.map(n => n.target).join(', ')))`,
    )
    expect(found, `${width} px`).toEqual([])
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width)
  }
})
