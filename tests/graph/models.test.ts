import { describe, expect, it } from 'vitest'
import { indexGraph } from '../../src/graph/graph-index'
import { hookPoints } from '../../src/graph/hook-points'
import { inferShapes } from '../../src/graph/shapes'
import { readOnnx } from '../../src/onnx/read'
import { modelBytes } from '../support/golden'

function points(id: string, size: number) {
  const graphIndex = indexGraph(readOnnx(modelBytes(id)))
  const found = hookPoints(graphIndex, inferShapes(graphIndex, new Map([['image', [1, 3, size, size]]])))
  const at = new Map(found.flatMap(point => [point.path, ...point.aliases].map(path => [path, point] as const)))
  return {
    graphIndex,
    found,
    at,
    value: (path: string) => at.get(path)?.value,
    dims: (path: string) => at.get(path)?.known.dims,
  }
}

const NETWORKS = {
  resnet18: points('resnet18', 224),
  alexnet: points('alexnet', 224),
  'inception-v3': points('inception-v3', 299),
}

describe.each(Object.entries(NETWORKS))('hook points of %s', (_, { graphIndex, found, at }) => {
  it('have paths that are unique, aliases included', () => {
    expect(at.size).toBe(found.reduce((count, point) => count + 1 + point.aliases.length, 0))
  })

  it('cover every activation, and no parameter', () => {
    const activations = graphIndex.nodes
      .flatMap(node => node.outputs)
      .filter(value => !graphIndex.parameters.has(value))
    expect(new Set(found.map(point => point.value))).toEqual(new Set(activations))
  })

  it('stand in the order of the network', () => {
    const order = found.map(point => graphIndex.place.get(point.node) ?? -1)
    expect(order).toEqual([...order].sort((a, b) => a - b))
  })
})

it('resnet18: residual blocks, second calls, and what leaves a layer', () => {
  const { at, value, dims } = NETWORKS.resnet18
  expect(value('layer1.0.relu:0')).toBe('/layer1/layer1.0/relu/Relu_output_0')
  expect(value('layer1.0.relu:1')).toBe('/layer1/layer1.0/relu_1/Relu_output_0')
  expect(at.get('layer1.0.relu')?.path).toBe('layer1.0.relu:1')
  expect(at.get('layer1.0.relu:1')?.aliases).toContain('layer1.0.relu')
  expect(at.get('layer1.0.Add')?.node.op).toBe('Add')
  expect(value('layer1.0')).toBe(value('layer1.0.relu'))
  expect(value('layer4')).toBe('/layer4/layer4.1/relu_1/Relu_output_0')
  expect(dims('layer4')).toEqual([1, 512, 7, 7])
  expect(dims('layer2.0.downsample.0')).toEqual([1, 128, 28, 28])
  expect(value('layer2.0.downsample')).toBe(value('layer2.0.downsample.0'))
  expect(value('layer4.1.conv2.Conv')).toBe(value('layer4.1.conv2'))
  expect(at.get('layer4.1.conv2.Conv')?.path).toBe('layer4.1.conv2')
  expect(dims('avgpool')).toEqual([1, 512, 1, 1])
  expect(dims('fc')).toEqual([1, 101])
})

it('alexnet: a sequence by its numbers', () => {
  const { value, dims } = NETWORKS.alexnet
  expect(dims('features.11')).toEqual([1, 256, 13, 13])
  expect(value('features')).toBe(value('features.12'))
  expect(value('classifier')).toBe('logits')
})

it('inception-v3: branches, and units of convolution and ReLU', () => {
  const { at, value, dims } = NETWORKS['inception-v3']
  expect(value('Mixed_7b.Branch_0.Conv2d_0a_1x1')).toBe('/Mixed_7b/Branch_0/Conv2d_0a_1x1/Relu_output_0')
  expect(value('Mixed_7b.Branch_0.Conv2d_0a_1x1.Conv')).toBe('/Mixed_7b/Branch_0/Conv2d_0a_1x1/Conv_output_0')
  expect(at.get('Mixed_7b.Branch_0')?.value).toBe(value('Mixed_7b.Branch_0.Conv2d_0a_1x1'))
  expect(at.get('Mixed_7c')?.node.op).toBe('Concat')
  expect(dims('Mixed_7c')).toEqual([1, 2048, 8, 8])
  expect(dims('Mixed_5b')).toEqual([1, 256, 35, 35])
})
