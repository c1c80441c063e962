import { readFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findNetwork } from '../../src/catalog/catalog'
import { download } from '../../src/catalog/download'
import { loadNetwork, type Sources } from '../../src/catalog/load'

const entry = findNetwork('resnet18')
const model = readFileSync(`models/${entry.file}`)
const labels = readFileSync('models/caltech-101.json')
const flipped = Buffer.from(model)
flipped[5_000_000] = (flipped[5_000_000] ?? 0) ^ 1

/** A folder of the server for each way in which a download can go. */
const ways: Record<string, RequestListener> = {
  good: (_, response) => void response.end(model),
  missing: (_, response) => void response.writeHead(404).end(),
  page: (_, response) =>
    void response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end('<!doctype html>'),
  short: (_, response) => void response.end(model.subarray(0, 1_000_000)),
  flipped: (_, response) => void response.end(flipped),
  broken: (_, response) => {
    response.writeHead(200, { 'content-length': model.length })
    response.write(model.subarray(0, 1_000_000), () => response.destroy())
  },
  stalled: (_, response) => {
    response.writeHead(200, { 'content-length': model.length })
    response.write(model.subarray(0, 1_000_000))
  },
}

const server = createServer((request, response) => {
  if (request.url?.endsWith('.json')) response.end(labels)
  else ways[request.url?.split('/')[1] ?? '']?.(request, response)
})

beforeAll(() => new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve)))
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

const from = (way: string): Sources => {
  const { port } = server.address() as AddressInfo
  return fromUrl(file => `http://127.0.0.1:${port}/${way}/${file}`)
}

const fromUrl = (url: (file: string) => string): Sources => ({
  read: (file, options) => download(url(file), file, options),
  fetch: async () => {
    throw new Error('this network ships')
  },
})

describe('loading a network', () => {
  it('gives its file and labels, and tells how much has come', async () => {
    const loaded: number[] = []
    const network = await loadNetwork(entry, from('good'), { onBytes: bytes => loaded.push(bytes) })
    expect(Buffer.from(network.bytes).equals(model)).toBe(true)
    expect(network.labels.shown).toHaveLength(101)
    expect(loaded.at(-1)).toBe(model.length)
    expect(loaded).toEqual(loaded.toSorted((a, b) => a - b))
  })

  it.each([
    ['missing', 'model-unavailable', /^resnet18.onnx could not be fetched: the server answered 404. Check the conn/],
    ['page', 'model-unavailable', /the server answered with a web page in its place/],
    ['broken', 'model-unavailable', /the connection failed/],
    [
      'short',
      'bad-model',
      /^resnet18.onnx is broken: it has 1,000,000 bytes where 11,273,700 belong. Fetch it again.$/,
    ],
    ['flipped', 'bad-model', /^resnet18.onnx is broken: its SHA-256 is not the catalog’s. Fetch it again.$/],
  ])('that comes %s says so', async (way, code, message) => {
    await expect(loadNetwork(entry, from(way))).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
  })

  it('stops when it is cancelled', async () => {
    const cancel = new AbortController()
    const loading = loadNetwork(entry, from('stalled'), { signal: cancel.signal, onBytes: () => cancel.abort() })
    await expect(loading).rejects.toMatchObject({ code: 'cancelled' })
  })

  it('names the network when nothing can be reached at all', async () => {
    await expect(
      loadNetwork(
        entry,
        fromUrl(() => 'http://127.0.0.1:9/'),
      ),
    ).rejects.toMatchObject({
      code: 'model-unavailable',
      message:
        'ResNet18 cannot be opened without its class names. caltech-101.json could not be fetched: the connection failed. Check the connection and try again.',
    })
  })
})
