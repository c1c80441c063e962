import { readFileSync, statSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { type Browser, chromium } from '@playwright/test'
import sirv from 'sirv'
import { findChromium } from '../support/chromium'
import { close, listen } from '../support/mirror'

/**
 * Time from navigation to the first heatmap of the built page, beside a bare page that starts the same engine, makes a plain
 * session of the same file and runs it once: both cold, in turns. And how much JavaScript lies on the way.
 */
const APP = 'dist/app'
const ROUNDS = 5
const MAP = () => /Grad-CAM · /.test(document.querySelector('[aria-label="Picture and heatmap"]')?.textContent ?? '')
const BARE = () => document.title === 'done'

const bare = (network: string) => `<!doctype html><body></body><script type="module">
import * as ort from '/ort/ort.wasm.min.mjs'
const cores = navigator.hardwareConcurrency
ort.env.wasm.numThreads = Math.min(4, Math.max(Math.min(2, cores), Math.ceil(cores / 2)))
ort.env.logLevel = 'error'
const bytes = new Uint8Array(await (await fetch('/models/${network}.onnx')).arrayBuffer())
const session = await ort.InferenceSession.create(bytes, { executionProviders: ['wasm'] })
const [input] = session.inputMetadata
const dims = input.shape.map(size => (typeof size === 'number' && size > 0 ? size : 1))
await session.run({ [input.name]: new ort.Tensor('float32', new Float32Array(dims.reduce((a, b) => a * b)), dims) })
document.title = 'done'
</script>`

const HEADERS = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cache-Control': 'no-store',
}
const folder = (path: string) =>
  sirv(path, {
    dev: true,
    setHeaders: response => {
      for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value)
    },
  })
const places = { '/ort': folder('node_modules/onnxruntime-web/dist'), '/models': folder('models'), '': folder(APP) }
const asked: string[] = []

const serve: RequestListener = (request, response) => {
  const url = request.url ?? '/'
  asked.push(url)
  if (url.startsWith('/bare/')) {
    response.writeHead(200, { ...HEADERS, 'content-type': 'text/html' }).end(bare(url.slice(6)))
    return
  }
  const [place, send] = Object.entries(places).find(([prefix]) => url.startsWith(prefix)) ?? ['', places['']]
  request.url = url.slice(place.length)
  send(request, response, () => void response.writeHead(404, HEADERS).end())
}

async function cold(browser: Browser, address: string, ready: () => boolean): Promise<number> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, serviceWorkers: 'block' })
  const page = await context.newPage()
  const start = performance.now()
  await page.goto(address, { waitUntil: 'commit' })
  await page.waitForFunction(ready, null, { timeout: 120_000, polling: 30 })
  const ms = performance.now() - start
  await context.close()
  return ms
}

const middle = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN

const { server, url } = await listen(serve)
const browser = await chromium.launch({ executablePath: findChromium(), args: ['--no-sandbox'] })
const host = url.replace('127.0.0.1', 'localhost')
for (const network of process.argv.length > 2 ? process.argv.slice(2) : ['resnet18', 'inception-v3']) {
  const [own, plain]: [number[], number[]] = [[], []]
  for (let round = 0; round < ROUNDS; round++) {
    plain.push(await cold(browser, `${host}/bare/${network}`, BARE))
    asked.length = 0
    own.push(await cold(browser, `${host}/?engine=wasm&network=${network}`, MAP))
  }
  const [map, engine] = [middle(own), middle(plain)]
  console.log(
    `${network}: first map ${map.toFixed(0)} ms, bare engine with one run ${engine.toFixed(0)} ms: × ${(map / engine).toFixed(2)}`,
  )
}
const scripts = [...new Set(asked)].filter(path => /\.m?js$/.test(path)).map(path => join(APP, path))
const sizes = scripts.map(file => ({ file, raw: statSync(file).size, gzip: gzipSync(readFileSync(file)).length }))
for (const { file, raw, gzip } of sizes) console.log(`  ${file}: ${raw} bytes, ${gzip} gzip`)
console.log(`  JavaScript on the way: ${(sizes.reduce((sum, { gzip }) => sum + gzip, 0) / 1000).toFixed(0)} kB gzip`)
await browser.close()
close(server)
