import { describe, expect, it } from 'vitest'
import { indexGraph } from '../../src/graph/graph-index'
import { readShapes } from '../../src/graph/shapes'
import { intTensor } from '../../src/graph/tensors'
import type { Graph } from '../../src/graph/types'
import { GraphBuilder } from '../support/build'

const X = [1, 3, 4, 4]

const read = (graph: Graph, dims: readonly number[] = X) => readShapes(indexGraph(graph), new Map([['x', dims]]))

/** x → Custom → c → Relu → y, of an operator that nobody knows. */
function custom(valueInfo: Graph['valueInfo'], dims: Graph['inputs'][number]['dims'] = X): Graph {
  const g = new GraphBuilder()
  g.node('Custom', [g.input('x', X)], {}, { outputs: ['c'], domain: 'my.ops' })
  g.node('Relu', ['c'], {}, { outputs: ['y'] })
  const graph = g.output('y').build()
  return { ...graph, inputs: [{ name: 'x', type: 'float32', dims }], ...(valueInfo && { valueInfo }) }
}

const told = (name: string, dims: readonly (number | string)[]) => ({ name, type: 'float32' as const, dims })

describe('what a file says of shapes', () => {
  it('is taken where no rule tells', () => {
    const { shapes, open } = read(custom([told('c', [1, 8, 2, 2])]))
    expect([shapes.get('c')?.dims, shapes.get('y')?.dims, open]).toEqual([[1, 8, 2, 2], [1, 8, 2, 2], []])
  })

  it('has its symbols from the input', () => {
    const graph = custom([told('c', ['N', 8, 'H', 'W'])], ['N', 3, 'H', 'W'])
    expect(read(graph, [2, 3, 6, 5]).shapes.get('y')?.dims).toEqual([2, 8, 6, 5])
  })

  it('has its symbols from values that a rule knows', () => {
    const g = new GraphBuilder()
    g.node('MaxPool', [g.input('x', X)], { kernel_shape: [2, 2], strides: [2, 2] }, { outputs: ['p'] })
    g.node('Custom', ['p'], {}, { outputs: ['c'], domain: 'my.ops' })
    const valueInfo = [told('p', [1, 3, 'half', 'half']), told('c', [1, 5, 'half'])]
    expect(read({ ...g.output('c').build(), valueInfo }).shapes.get('c')?.dims).toEqual([1, 5, 2])
  })

  it.each([
    ['a size of another input', [told('c', [1, 8, 2, 2])], [1, 3, 8, 8]],
    ['the output, which a rule knows otherwise', [told('c', [1, 8, 2, 2]), told('y', [1, 9, 2, 2])], X],
  ])('is not taken where it contradicts %s', (_, valueInfo, dims) => {
    expect(read(custom(valueInfo), dims).open).toEqual(['c'])
  })

  it('leaves what it does not say to a run', () => {
    for (const valueInfo of [undefined, [], [told('c', [1, 'unknown', 2, 2])], [told('c', [0, 8, 2, 2])]])
      expect(read(custom(valueInfo)).open).toEqual(['c'])
  })
})

const g = () => new GraphBuilder()

const UNFIXED: readonly [string, () => Graph, readonly string[]][] = [
  [
    'places that are not 0',
    () => {
      const b = g()
      b.node('NonZero', [b.input('x', X)], {}, { outputs: ['n'] })
      b.node('Cast', ['n'], { to: 1 }, { outputs: ['y'] })
      return b.output('y').build()
    },
    ['n', 'y'],
  ],
  [
    'as many of the best as the picture says',
    () => {
      const b = g()
      const count = b.node('Cast', [b.node('ReduceMax', [b.input('x', X)], { keepdims: 0 })], { to: 7 })
      const k = b.node('Reshape', [count, b.ints([1])])
      b.node('TopK', ['x', k], {}, { outputs: ['y', 'i'] })
      return b.output('y').build()
    },
    ['y', 'i'],
  ],
  [
    'an operator without a rule that is handed a size from the picture',
    () => {
      const b = g()
      const count = b.node('Cast', [b.node('ReduceMax', [b.input('x', X)], { keepdims: 0 })], { to: 7 })
      b.node('Custom', ['x', count], {}, { outputs: ['y'], domain: 'my.ops' })
      return b.output('y').build()
    },
    ['y'],
  ],
]

describe('a size that the picture says', () => {
  it.each(UNFIXED)('is no shape: %s', (_, graph, names) => {
    const { unfixed, open, shapes } = read(graph())
    expect([...unfixed]).toEqual(names)
    expect(open).toEqual([])
    for (const name of names) expect(shapes.has(name)).toBe(false)
  })

  it('is one where the file says so', () => {
    for (const [, graph, names] of UNFIXED) {
      const valueInfo = names.map(name => told(name, [1, 3, 4, 2]))
      const { shapes, unfixed } = read({ ...graph(), valueInfo })
      for (const name of names) expect(shapes.get(name)?.dims).toEqual([1, 3, 4, 2])
      expect(unfixed.size).toBe(0)
    }
  })

  it('is none where constants and sizes say it: places of ones of a fixed shape', () => {
    const b = g()
    const ones = b.node('ConstantOfShape', [b.node('Shape', [b.input('x', X)], { start: 2 })])
    const places = b.node('NonZero', [b.node('Not', [b.node('Cast', [ones], { to: 9 })])], {}, { outputs: ['n'] })
    expect(read(b.output(places).build()).shapes.get('n')?.dims).toEqual([2, 16])
  })

  it('is that of a loop whose number of turns the picture says', () => {
    const b = g()
    const turns = b.node('Cast', [b.node('ReduceMax', [b.input('x', X)], { keepdims: 0 })], { to: 7 })
    const inner = g()
    inner.node('Identity', ['go'], {}, { outputs: ['on'] })
    inner.node('Relu', ['s'], {}, { outputs: ['next'] })
    inner.node('Identity', ['s'], {}, { outputs: ['each'] })
    const body = {
      name: 'body',
      inputs: ['i', 'go', 's'].map(name => ({ name, message: undefined })),
      outputs: ['on', 'next', 'each'],
      nodes: inner.build().nodes,
      constants: new Map(),
    }
    b.node('Loop', [turns, '', 'x'], { body: { kind: 'graph', value: body } }, { outputs: ['last', 'all'] })
    const { shapes, unfixed } = read(b.output('last').output('all').build())
    expect(shapes.get('last')?.dims).toEqual(X)
    expect([...unfixed]).toEqual(['all'])
  })

  it('of a loop is none where it grows', () => {
    const b = g()
    const inner = g()
    inner.node('Identity', ['go'], {}, { outputs: ['on'] })
    inner.node('Concat', ['s', 's'], { axis: 0 }, { outputs: ['next'] })
    const body = {
      name: 'body',
      inputs: ['i', 'go', 's'].map(name => ({ name, message: undefined })),
      outputs: ['on', 'next'],
      nodes: inner.build().nodes,
      constants: new Map(),
    }
    const turns = b.constant('turns', intTensor([3], []))
    b.node('Loop', [turns, '', b.input('x', X)], { body: { kind: 'graph', value: body } }, { outputs: ['y'] })
    expect([...read(b.output('y').build()).unfixed]).toEqual(['y'])
  })
})
