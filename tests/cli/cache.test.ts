import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, it, vi } from 'vitest'
import { cache } from '../../src/cli/cache'
import { folder } from './hookscope'

let place: string
beforeEach(() => {
  place = folder()
  vi.stubEnv('HOOKSCOPE_CACHE', place)
  return () => vi.unstubAllEnvs()
})

const bytes = (...values: number[]) => Uint8Array.from(values)

async function write(...values: number[]) {
  const file = await cache.open('net.onnx', await cache.claim('net.onnx'))
  await file.append(bytes(...values))
  await file.close()
}

it('what another process has just put there whole stays while this one begins its own', async () => {
  expect(await cache.size('net.onnx')).toBe(0)
  writeFileSync(join(place, 'net.onnx'), 'whole')
  expect(await cache.claim('net.onnx')).toBe(0)
  expect(await cache.size('net.onnx')).toBe(5)
})

it('what lies there and is not whole gives way to what was fetched', async () => {
  writeFileSync(join(place, 'net.onnx'), 'of another version')
  await write(1, 2)
  await write(3)
  expect(await cache.read('net.onnx')).toEqual(bytes(1, 2, 3))
  await cache.keep('net.onnx')
  expect(await cache.read('net.onnx')).toEqual(bytes(1, 2, 3))
  expect(readdirSync(place)).toEqual(['net.onnx'])
  await cache.remove('net.onnx')
  expect(readdirSync(place)).toEqual([])
})

it('a folder in its place is said before anything is fetched', async () => {
  mkdirSync(join(place, 'net.onnx'))
  await expect(cache.claim('net.onnx')).rejects.toThrow(/cannot be written: it is a folder\./)
  expect(existsSync(join(place, 'net.onnx'))).toBe(true)
})
