import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Faults that a place of downloads may have. `good` gives ranges. */
export type Way = 'good' | 'no-ranges' | 'cut-off' | 'stalled' | 'wrong-bytes' | 'missing'

/** Where a download that is cut off or stalls has got to: the first half. */
export const half = (bytes: Buffer): number => bytes.length >> 1

/** Sends a file in the way that is asked for. */
export function send(way: Way, bytes: Buffer, request: IncomingMessage, response: ServerResponse): void {
  if (way === 'missing') return void response.writeHead(404).end()
  if (way === 'cut-off' || way === 'stalled') {
    response.writeHead(200, { 'content-length': bytes.length })
    response.write(bytes.subarray(0, half(bytes)), () => way === 'cut-off' && setTimeout(() => response.destroy(), 100))
    return
  }
  const sent = way === 'wrong-bytes' ? flipped(bytes) : bytes
  const from = way === 'no-ranges' ? 0 : Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0)
  if (from > 0) response.writeHead(206, { 'content-range': `bytes ${from}-${sent.length - 1}/${sent.length}` })
  response.end(sent.subarray(from))
}

function flipped(bytes: Buffer): Buffer {
  const wrong = Buffer.from(bytes)
  const last = wrong.length - 1
  wrong[last] = (wrong[last] ?? 0) ^ 1
  return wrong
}

/** A server on this machine. @returns its address without a slash at the end */
export async function listen(listener: RequestListener): Promise<{ readonly server: Server; readonly url: string }> {
  const server = createServer(listener)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

export function close(server: Server): void {
  server.closeAllConnections()
  server.close()
}

/**
 * A program as it would be had the catalog this file in the place of a network's: the built code with that network's
 * size and SHA-256 replaced.
 */
export function withFile(code: string, entry: { bytes: number; sha256: string }, file: Buffer): string {
  return code.replaceAll(entry.sha256, sha256(file)).replaceAll(`${entry.bytes}`, `${file.length}`)
}

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')
