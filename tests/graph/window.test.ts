import { describe, expect, it } from 'vitest'
import { HookscopeError } from '../../src/errors'
import { windowOf } from '../../src/graph/window'
import { GraphBuilder } from '../support/build'

const node = (attributes: Parameters<GraphBuilder['node']>[2], name = '') => {
  const g = new GraphBuilder()
  g.node('MaxPool', ['x'], attributes, { name })
  const [made] = g.build().nodes
  if (!made) throw new Error('no node')
  return made
}

/** ONNX's own examples and cases counted by hand; what the engine makes of many more is in shapes.test.ts. */
describe('windowOf', () => {
  it('writes defaults out', () => {
    expect(windowOf(node({ kernel_shape: [3, 2] }), [5, 4])).toEqual({
      kernel: [3, 2],
      strides: [1, 1],
      dilations: [1, 1],
      begin: [0, 0],
      end: [0, 0],
      output: [3, 3],
    })
    expect(windowOf(node({}), [5], [5]).output).toEqual([1])
  })

  it.each([
    { name: 'floor', attributes: { kernel_shape: [3], strides: [2] }, size: 6, output: 2, begin: 0, end: 0 },
    {
      name: 'ceil',
      attributes: { kernel_shape: [3], strides: [2], ceil_mode: 1 },
      size: 6,
      output: 3,
      begin: 0,
      end: 0,
    },
    {
      name: 'ceil where all fits',
      attributes: { kernel_shape: [3], strides: [2], ceil_mode: 1 },
      size: 7,
      output: 3,
      begin: 0,
      end: 0,
    },
    {
      name: 'ceil, the last window in the padding',
      attributes: { kernel_shape: [2], strides: [2], pads: [1, 1], ceil_mode: 1 },
      size: 5,
      output: 3,
      begin: 1,
      end: 1,
    },
    {
      name: 'asymmetric',
      attributes: { kernel_shape: [3], strides: [2], pads: [2, 0] },
      size: 5,
      output: 3,
      begin: 2,
      end: 0,
    },
    { name: 'dilated', attributes: { kernel_shape: [3], dilations: [3] }, size: 9, output: 3, begin: 0, end: 0 },
    {
      name: 'even SAME_UPPER',
      attributes: { kernel_shape: [4], auto_pad: 'SAME_UPPER' },
      size: 5,
      output: 5,
      begin: 1,
      end: 2,
    },
    {
      name: 'even SAME_LOWER',
      attributes: { kernel_shape: [4], auto_pad: 'SAME_LOWER' },
      size: 5,
      output: 5,
      begin: 2,
      end: 1,
    },
    {
      name: 'SAME with a stride',
      attributes: { kernel_shape: [3], strides: [2], auto_pad: 'SAME_UPPER' },
      size: 6,
      output: 3,
      begin: 0,
      end: 1,
    },
    {
      name: 'SAME that needs none',
      attributes: { kernel_shape: [1], strides: [3], auto_pad: 'SAME_LOWER' },
      size: 7,
      output: 3,
      begin: 0,
      end: 0,
    },
    {
      name: 'VALID',
      attributes: { kernel_shape: [3], auto_pad: 'VALID', pads: [5, 5] },
      size: 7,
      output: 5,
      begin: 0,
      end: 0,
    },
    {
      name: 'NOTSET',
      attributes: { kernel_shape: [3], auto_pad: 'NOTSET', pads: [1, 1] },
      size: 7,
      output: 7,
      begin: 1,
      end: 1,
    },
  ])('$name', ({ attributes, size, output, begin, end }) => {
    expect(windowOf(node(attributes), [size])).toMatchObject({ output: [output], begin: [begin], end: [end] })
  })

  it('refuses a kernel of other axes than the input, by name', () => {
    const wrong = () => windowOf(node({ kernel_shape: [3, 3] }, '/pool'), [5])
    expect(wrong).toThrow(HookscopeError)
    expect(wrong).toThrow(
      'MaxPool "/pool" has 2 numbers for the kernel size where 1 belong. The file is damaged: export it again.',
    )
    expect(() => windowOf(node({}), [5])).toThrow('has 0 numbers for the kernel size')
  })

  it('refuses an attribute of the wrong kind, by name', () => {
    expect(() => windowOf(node({ kernel_shape: 3 }, '/pool'), [5])).toThrow(
      'Attribute "kernel_shape" of MaxPool "/pool" should be ints but is int. The file is damaged: export it again.',
    )
  })
})
