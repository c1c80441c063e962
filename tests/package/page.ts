import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join, normalize } from 'node:path'
import { chromium } from '@playwright/test'
import { findChromium } from '../support/chromium'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
}

/** Opens a page of a static folder in Chromium. @returns as `loggedAt` */
export async function logged(folder: string, page: string, count: number): Promise<string> {
  const server = createServer(async (request, response) => {
    const path = normalize(new URL(request.url ?? '/', 'http://page').pathname)
    const bytes = await readFile(join(folder, path)).catch(() => undefined)
    response.writeHead(bytes ? 200 : 404, { 'content-type': TYPES[extname(path)] ?? 'application/octet-stream' })
    response.end(bytes)
  })
  await new Promise<void>(listening => server.listen(0, '127.0.0.1', listening))
  const { port } = server.address() as AddressInfo
  try {
    return await loggedAt(`http://127.0.0.1:${port}/${page}`, count)
  } finally {
    server.close()
  }
}

/** Opens an address in Chromium. @returns the first `count` lines that the page logs, its errors among them */
export async function loggedAt(address: string, count: number): Promise<string> {
  const browser = await chromium.launch({ executablePath: findChromium(), args: ['--no-sandbox'] })
  try {
    const page = await browser.newPage()
    const found: string[] = []
    const whole = new Promise<void>(done => {
      const note = (line: string) => {
        found.push(line)
        if (found.length === count) done()
      }
      page.on('console', message => {
        if (message.type() === 'log') note(message.text())
      })
      page.on('pageerror', error => note(error.message))
    })
    await page.goto(address)
    await whole
    return `${found.join('\n')}\n`
  } finally {
    await browser.close()
  }
}
