import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DOWNLOADS, type DownloadEntry } from '../../src/catalog/catalog'
import { fetchNetwork } from '../../src/catalog/fetch-network'
import type { FileStore } from '../../src/catalog/file-store'

const [first] = DOWNLOADS
if (!first) throw new Error('no downloads')

/** A small file in the place of a network's: what is fetched is not looked into. */
const file = Buffer.from(Uint8Array.from({ length: 300_000 }, (_, i) => (i * 7919) >> 3))
const sha256 = createHash('sha256').update(file).digest('hex')
const entry: DownloadEntry = { ...first, name: 'A network', file: 'net.onnx', bytes: file.length, sha256 }

/** How a host may send files. `asked` keeps the ranges that were asked for. */
let asked: (string | undefined)[] = []
const whole = (response: ServerResponse, bytes = file) => void response.end(bytes)
const ranged = (request: IncomingMessage, response: ServerResponse, bytes = file) => {
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0)
  if (from === 0) return whole(response, bytes)
  if (from >= bytes.length) return void response.writeHead(416).end()
  response.writeHead(206, { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` })
  response.end(bytes.subarray(from))
}
const flipped = Buffer.from(file)
flipped[250_000] = (flipped[250_000] ?? 0) ^ 1
const cutAt = (length: number) => (_: IncomingMessage, response: ServerResponse) => {
  response.writeHead(200, { 'content-length': file.length })
  response.write(file.subarray(0, length), () => response.destroy())
}
const ways: Record<string, RequestListener> = {
  good: ranged,
  'without-ranges': (_, response) => whole(response),
  'cut-off': cutAt(100_000),
  'short-and-proud': (_, response) => {
    response.writeHead(200, { 'transfer-encoding': 'chunked' })
    response.end(file.subarray(0, 100_000))
  },
  missing: (_, response) => void response.writeHead(404).end(),
  page: (_, response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html>'),
  'another-size': (_, response) => whole(response, file.subarray(1)),
  'too-long': (_, response) => {
    response.writeHead(200, { 'transfer-encoding': 'chunked' })
    response.end(Buffer.concat([file, file]))
  },
  'wrong-bytes': (request, response) => ranged(request, response, flipped),
  'wrong-range': (request, response) => {
    if (!request.headers.range) return whole(response)
    response.writeHead(206, { 'content-range': `bytes 0-9/${file.length}` }).end(file.subarray(0, 10))
  },
  silent: () => {},
  stalled: (_, response) => {
    response.writeHead(200, { 'content-length': file.length })
    response.write(file.subarray(0, 100_000))
  },
}

const server = createServer((request, response) => {
  asked.push(request.headers.range)
  const [, way = '', ...path] = request.url?.split('/') ?? []
  if (path.join('/') !== entry.download) return void response.writeHead(404).end()
  ways[way]?.(request, response)
})
beforeAll(() => new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve)))
afterAll(() => {
  server.closeAllConnections()
  server.close()
})
const from = (way: string) => `http://127.0.0.1:${(server.address() as AddressInfo).port}/${way}/`

/** A file store in memory with so much room. */
function fileStoreOf(kept?: Uint8Array, room = Number.POSITIVE_INFINITY) {
  const contents = new Map<string, Buffer>()
  if (kept) contents.set(entry.file, Buffer.from(kept))
  const bytes = (name: string) => contents.get(name) ?? Buffer.alloc(0)
  const files: FileStore = {
    size: async name => bytes(name).length,
    read: async name => new Uint8Array(bytes(name)),
    claim: async name => bytes(name).length,
    keep: async () => {},
    open: async (name, at) => {
      contents.set(name, bytes(name).subarray(0, at))
      return {
        append: async piece => {
          if (bytes(name).length + piece.length > room) throw new DOMException('no room', 'QuotaExceededError')
          contents.set(name, Buffer.concat([bytes(name), piece]))
        },
        close: async () => {},
      }
    },
    remove: async name => void contents.delete(name),
  }
  return { files, kept: () => contents.get(entry.file)?.length ?? 0 }
}

async function fetched(way: string, { files }: ReturnType<typeof fileStoreOf>) {
  asked = []
  const loaded: number[] = []
  const bytes = await fetchNetwork(entry, from(way), files, { onBytes: n => loaded.push(n) })
  expect(Buffer.from(bytes).equals(file)).toBe(true)
  expect(loaded).toEqual(loaded.toSorted((a, b) => a - b))
  return { asked, loaded }
}

describe('a download', () => {
  it('is fetched once, then taken from the file store without asking anybody', async () => {
    const files = fileStoreOf()
    const { asked, loaded } = await fetched('good', files)
    expect([asked, loaded.at(-1), files.kept()]).toEqual([[undefined], file.length, file.length])
    expect(await fetched('missing', files)).toEqual({ asked: [], loaded: [] })
  })

  it('that was cut off midway keeps what came, and goes on from there', async () => {
    const files = fileStoreOf()
    await expect(fetched('cut-off', files)).rejects.toMatchObject({
      code: 'model-unavailable',
      message: 'The download of A network broke off at 0.1 of 0.3 MB. Try again: it goes on from there.',
    })
    expect(files.kept()).toBe(100_000)
    const { asked, loaded } = await fetched('good', files)
    expect(asked).toEqual(['bytes=100000-'])
    expect(loaded[0]).toBe(100_000)
  })

  it('that ends too early without an error is not taken for whole', async () => {
    const files = fileStoreOf()
    await expect(fetched('short-and-proud', files)).rejects.toThrow('broke off at 0.1 of 0.3 MB')
    expect(files.kept()).toBe(100_000)
  })

  it('that stalls is given up, says so and where, and goes on from there', async () => {
    const files = fileStoreOf()
    await expect(fetchNetwork(entry, from('stalled'), files.files, { stall: 300 })).rejects.toMatchObject({
      code: 'model-unavailable',
      message:
        'The download of A network broke off at 0.1 of 0.3 MB: nothing came for 0.3 s. Try again: it goes on from there.',
    })
    asked = []
    expect(Buffer.from(await fetchNetwork(entry, from('good'), files.files))).toEqual(file)
    expect(asked).toEqual(['bytes=100000-'])
  })

  it('whose server never answers is given up', async () => {
    const silent = fetchNetwork(entry, from('silent'), fileStoreOf().files, { stall: 300 })
    await expect(silent).rejects.toMatchObject({
      code: 'model-unavailable',
      message: expect.stringContaining('could not be fetched: nothing came for 0.3 s'),
    })
  })

  it('that is cancelled keeps what came', async () => {
    const files = fileStoreOf()
    const cancel = new AbortController()
    const onBytes = (loaded: number) => loaded >= 50_000 && cancel.abort()
    const fetching = fetchNetwork(entry, from('stalled'), files.files, { signal: cancel.signal, onBytes })
    await expect(fetching).rejects.toMatchObject({ code: 'cancelled' })
    expect(files.kept()).toBeGreaterThan(0)
    await fetched('good', files)
  })

  it.each(['without-ranges', 'wrong-range'])('begins again on a host %s', async way => {
    const files = fileStoreOf(file.subarray(0, 1000))
    const { loaded } = await fetched(way, files)
    expect([loaded[0], loaded.at(-1)]).toEqual([0, file.length])
  })

  it('whose kept part is longer than the file begins again', async () => {
    const { asked } = await fetched('good', fileStoreOf(Buffer.concat([file, file])))
    expect(asked).toEqual([undefined])
  })

  it.each([
    ['missing', 'model-unavailable', 'net.onnx could not be fetched: the server answered 404.'],
    ['page', 'model-unavailable', 'the server answered with a web page in its place'],
    ['another-size', 'bad-model', 'it has 299,999 bytes where 300,000 belong. It was thrown away'],
    ['too-long', 'bad-model', 'bytes where 300,000 belong. It was thrown away'],
    [
      'wrong-bytes',
      'bad-model',
      'its SHA-256 is not the catalog’s. It was thrown away; try again, or use another mirror.',
    ],
  ])('that comes %s says so and leaves nothing', async (way, code, message) => {
    const files = fileStoreOf()
    await expect(fetched(way, files)).rejects.toMatchObject({ code, message: expect.stringContaining(message) })
    expect(files.kept()).toBe(0)
  })

  it('whose part came from another file is thrown away as a whole, then begins again', async () => {
    const files = fileStoreOf(Buffer.alloc(1000))
    await expect(fetched('good', files)).rejects.toThrow('its SHA-256 is not the catalog’s')
    expect(files.kept()).toBe(0)
    await fetched('good', files)
  })

  it('that is damaged in the file store is not used', async () => {
    const files = fileStoreOf(flipped)
    await expect(fetched('good', files)).rejects.toMatchObject({ code: 'bad-model' })
    await fetched('good', files)
  })

  it('that finds no room says so and leaves nothing', async () => {
    const files = fileStoreOf(undefined, 200_000)
    await expect(fetched('good', files)).rejects.toMatchObject({
      code: 'model-unavailable',
      message:
        'There is no room for A network (0.3 MB): the storage is full. Make room, or delete downloaded networks, and try again.',
    })
    expect(files.kept()).toBe(0)
  })

  it('from a host that cannot be reached says so', async () => {
    await expect(fetchNetwork(entry, 'http://127.0.0.1:9/', fileStoreOf().files)).rejects.toMatchObject({
      code: 'model-unavailable',
      message: 'net.onnx could not be fetched: the connection failed. Check the connection and try again.',
    })
  })
})
