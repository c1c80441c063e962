import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { findShippedNetwork } from '../../src/catalog/catalog'
import { readShipped } from '../../src/learn/worker/resources'

test('a lesson refuses a network whose file is not the catalog’s, and tries again when it is asked again', async () => {
  const { file } = findShippedNetwork('resnet18')
  const asked: string[] = []
  const ask = async (name: string) => {
    asked.push(name)
    const bytes = new Uint8Array(await readFile(`models/${name}`))
    if (name === file) bytes[bytes.length - 1] = 1 ^ (bytes.at(-1) ?? 0)
    return bytes
  }
  const refused = { code: 'bad-model', message: expect.stringContaining('its SHA-256 is not the catalog’s') }
  await expect(readShipped('resnet18', ask)).rejects.toMatchObject(refused)
  await expect(readShipped('resnet18', ask)).rejects.toMatchObject(refused)
  expect(asked.filter(name => name === file)).toHaveLength(2)
})
