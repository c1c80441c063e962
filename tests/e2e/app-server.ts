import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs'
import type { Server } from 'node:http'
import { extname, join } from 'node:path'
import type { DownloadEntry } from '../../src/catalog/catalog'
import { listen, send, type Way, withFile } from '../support/mirror'

const APP = 'dist/app'
const TYPES: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.css': 'text/css',
  '.wasm': 'application/wasm',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
}

export interface AppServer {
  readonly server: Server
  readonly url: string
  /** What a download is sent like from now on. */
  way: Way
  /** The ranges that downloads asked for; `whole` where they asked for none. */
  readonly asked: string[]
}

/**
 * The built page, and under /mirror a place of downloads with faults, on one host: all that the page's security policy
 * lets it ask. The catalog has `file` in the place of the network's.
 */
export async function serveApp(entry: DownloadEntry, file: Buffer): Promise<AppServer> {
  const asked: string[] = []
  const { server, url } = await listen((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    if (pathname.startsWith('/mirror/')) {
      asked.push(request.headers.range ?? 'whole')
      return send(pathname === `/mirror/${entry.download}` ? app.way : 'missing', file, request, response)
    }
    const path = join(APP, pathname === '/' ? 'index.html' : pathname)
    if (!existsSync(path) || !statSync(path).isFile()) return void response.writeHead(404).end()
    const type = TYPES[extname(path)] ?? 'application/octet-stream'
    response.writeHead(200, {
      'content-type': type,
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-embedder-policy': 'require-corp',
    })
    if (type !== 'text/javascript') return void createReadStream(path).pipe(response)
    response.end(small(withFile(readFileSync(path, 'utf8'), entry, file), entry.file))
  })
  const app: AppServer = { server, url: url.replace('127.0.0.1', 'localhost'), way: 'good', asked }
  return app
}

/** The catalog's entry of that file takes pictures of 32×32. */
function small(code: string, file: string): string {
  const at = code.indexOf(file)
  return at < 0 ? code : code.slice(0, at) + code.slice(at).replace(/224(,\s*)224/, '32$132')
}
