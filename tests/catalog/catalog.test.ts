import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import document from '../../models/catalog.json'
import {
  DOWNLOAD_BASE,
  DOWNLOAD_HOSTS,
  DOWNLOADS,
  findNetwork,
  isDownload,
  NETWORKS,
  parseCatalog,
} from '../../src/catalog/catalog'
import { HookscopeError } from '../../src/errors'

describe('the catalog', () => {
  const shipped = NETWORKS.filter(entry => !isDownload(entry))

  it('lists Inception v3 first: it is the one that opens', () => {
    expect(NETWORKS.map(entry => entry.id)).toEqual([
      'inception-v3',
      'resnet18',
      'alexnet',
      'resnet18-imagenet',
      'alexnet-imagenet',
      'squeezenet1.1',
      'googlenet',
    ])
  })

  it.each(shipped.map(entry => [entry.id, entry] as const))('%s is the file that it says', (_, entry) => {
    const bytes = readFileSync(`models/${entry.file}`)
    expect(bytes.length).toBe(entry.bytes)
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(entry.sha256)
  })

  it('has downloads whose files have names of their own, from the hosts that it names', () => {
    expect(new Set(NETWORKS.map(entry => entry.file)).size).toBe(NETWORKS.length)
    for (const { id, file, download, classes, labels } of DOWNLOADS) {
      expect(file).toBe(`${id}.onnx`)
      expect(new URL(download, DOWNLOAD_BASE).origin).toBe(DOWNLOAD_HOSTS[0])
      expect([classes, labels]).toEqual([1000, 'imagenet-1000'])
    }
    expect(DOWNLOAD_HOSTS).toEqual(['https://huggingface.co', 'https://*.huggingface.co', 'https://*.hf.co'])
  })

  it('takes torchvision’s preprocessing unless it says otherwise; GoogLeNet takes Caffe’s', () => {
    expect(findNetwork('resnet18').input).toMatchObject({ range: 1, channels: 'rgb', layout: 'nchw' })
    expect(findNetwork('googlenet').input).toMatchObject({ range: 255, channels: 'bgr', std: [1, 1, 1] })
  })

  it('finds a network whatever the case, and else says what there is', () => {
    expect(findNetwork('ResNet18').id).toBe('resnet18')
    expect(() => findNetwork('vgg')).toThrow(
      new HookscopeError(
        'unknown-model',
        'There is no network called “vgg”. Choose one of inception-v3, resnet18, alexnet, resnet18-imagenet, alexnet-imagenet, squeezenet1.1, googlenet.',
      ),
    )
  })

  it.each([
    ['networks.1.sha256', { sha256: 'abc' }],
    ['networks.1.input.size', { input: { ...NETWORKS[0]?.input, size: [224] } }],
    ['networks.1.resize', { resize: 'stretch' }],
    ['networks.1.labels', { labels: 'cats.json' }],
    ['networks.1.id', { id: '../resnet18' }],
    ['networks.1.file', { file: '../../resnet18.onnx' }],
    ['networks.1.download', { download: 'https://elsewhere.example/net.onnx' }],
    ['networks.1.download', { download: 'models/../../net.onnx' }],
    ['networks.1.name', { name: 'ResNet\u202e18' }],
    ['networks.1.bytes', { bytes: Number.POSITIVE_INFINITY }],
    ['networks.1.input.mean.0', { input: { ...NETWORKS[1]?.input, mean: [Number.POSITIVE_INFINITY, 0, 0] } }],
    ['networks.1.input.std.2', { input: { ...NETWORKS[1]?.input, std: [1, 1, 0] } }],
    ['networks.1.host', { host: 'https://elsewhere.example' }],
  ])('that is wrong at %s is refused, by name', (path, change) => {
    const networks = document.networks.map((entry, index) => (index === 1 ? { ...entry, ...change } : entry))
    expect(() => parseCatalog({ ...document, networks })).toThrow(`The catalog of networks is broken at ${path}`)
  })

  it.each([
    ['downloads.base', { base: 'http://huggingface.co/' }],
    ['downloads.base', { base: 'https://huggingface.co' }],
    ['downloads.redirects.0', { redirects: ['https://*'] }],
    ['downloads.mirror', { mirror: 'https://elsewhere.example/' }],
  ])('whose place of downloads is wrong at %s is refused', (path, change) => {
    const downloads = { ...document.downloads, ...change }
    expect(() => parseCatalog({ ...document, downloads })).toThrow(`The catalog of networks is broken at ${path}`)
  })
})
