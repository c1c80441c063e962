import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import document from '../../models/catalog.json'
import { findNetwork, NETWORKS, parseCatalog } from '../../src/catalog/catalog'
import { HookscopeError } from '../../src/errors'

describe('the catalog', () => {
  it('lists Inception v3 first: it is the one that opens', () => {
    expect(NETWORKS.map(entry => entry.id)).toEqual(['inception-v3', 'resnet18', 'alexnet'])
  })

  it.each(NETWORKS.map(entry => [entry.id, entry] as const))('%s is the file that it says', (_, entry) => {
    const bytes = readFileSync(`models/${entry.file}`)
    expect(bytes.length).toBe(entry.bytes)
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(entry.sha256)
  })

  it('finds a network whatever the case, and else says what there is', () => {
    expect(findNetwork('ResNet18').id).toBe('resnet18')
    expect(() => findNetwork('vgg')).toThrow(
      new HookscopeError(
        'unknown-model',
        'There is no network called “vgg”. Choose one of inception-v3, resnet18, alexnet.',
      ),
    )
  })

  it.each([
    ['networks.1.sha256', { sha256: 'abc' }],
    ['networks.1.input.size', { input: { ...NETWORKS[0]?.input, size: [224] } }],
    ['networks.1.resize', { resize: 'stretch' }],
  ])('that is wrong at %s is refused, by name', (path, change) => {
    const networks = document.networks.map((entry, index) => (index === 1 ? { ...entry, ...change } : entry))
    expect(() => parseCatalog({ networks })).toThrow(`The catalog of networks is broken at ${path}`)
  })
})
