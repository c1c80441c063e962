import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs'
import type { RequestListener, Server } from 'node:http'
import { extname, join } from 'node:path'
import { listen } from '../support/mirror'

const APP = 'dist/app'
const TYPES: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.css': 'text/css',
  '.wasm': 'application/wasm',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
  '.png': 'image/png',
}

export interface Host {
  readonly server: Server
  /** At `localhost`; without a slash at the end. */
  readonly url: string
  /** What was asked for so far. */
  readonly asked: string[]
}

/**
 * The built page on a host that sends no headers of its own.
 * @param edit changes scripts on their way
 */
export function serveStatic(edit?: (path: string, text: string) => string): Promise<Host> {
  return serve((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    const path = join(APP, pathname === '/' ? 'index.html' : pathname)
    if (!existsSync(path) || !statSync(path).isFile()) return void response.writeHead(404).end()
    response.writeHead(200, { 'content-type': TYPES[extname(path)] ?? 'application/octet-stream' })
    if (edit && extname(path) === '.js') response.end(edit(path, readFileSync(path, 'utf8')))
    else createReadStream(path).pipe(response)
  })
}

/** A host that lets anyone in, with one page. */
export function serveOpen(html = ''): Promise<Host> {
  return serve((_, response) => {
    response.writeHead(200, {
      'content-type': 'text/html',
      'access-control-allow-origin': '*',
      'cross-origin-resource-policy': 'cross-origin',
    })
    response.end(html)
  })
}

async function serve(answer: RequestListener): Promise<Host> {
  const asked: string[] = []
  const { server, url } = await listen((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    answer(request, response)
  })
  server.on('upgrade', (request, socket) => {
    asked.push(`upgrade ${request.url}`)
    socket.destroy()
  })
  return { server, url: url.replace('127.0.0.1', 'localhost'), asked }
}
