import { describe, expect, it } from 'vitest'
import { HookscopeError } from '../../src/errors'
import { type GraphIndex, indexGraph, reads } from '../../src/graph/graph-index'
import { forwardProgram } from '../../src/graph/program'
import { GraphBuilder, random } from '../support/build'

const outputs = (...names: string[]) => ({ outputs: names })

function sentence(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    if (error instanceof HookscopeError) return `${error.code}: ${error.message}`
    throw error
  }
  throw new Error('nothing was refused')
}

const made = (graphIndex: GraphIndex) => graphIndex.nodes.map(node => node.outputs[0])

/** An If whose branch adds `outer` to what it makes itself. */
function conditional(g: GraphBuilder, outer: string): string {
  const inner = new GraphBuilder()
  inner.weight([1], [1], 'one')
  inner.node('Add', [outer, 'one'], {}, outputs('sum'))
  const { nodes, constants } = inner.build()
  const branch = { kind: 'graph', value: { name: 'branch', inputs: [], nodes, constants, outputs: ['sum'] } } as const
  const yes = g.constant('yes', { type: 'bool', dims: [], bytes: Uint8Array.of(1) })
  return g.node('If', [yes], { then_branch: branch, else_branch: branch }, outputs('chosen'))
}

describe('wire', () => {
  it('leaves a file that is in order as it is', () => {
    const g = new GraphBuilder()
    g.node('Relu', [g.input('x', [1])], {}, outputs('a'))
    g.node('Relu', ['x'], {}, outputs('b'))
    g.node('Add', ['b', 'a'], {}, outputs('c'))
    g.node('Relu', ['a'], {}, outputs('d'))
    expect(made(indexGraph(g.build()))).toEqual(['a', 'b', 'c', 'd'])
  })

  it('puts every node after those that it reads, whatever the order in the file', () => {
    const g = new GraphBuilder()
    g.input('v0', [1])
    const next = random('order')
    for (let i = 1; i < 60; i++) {
      const [a, b] = next(2, 0, i).map(Math.floor)
      g.node('Add', [`v${a}`, `v${b}`], {}, outputs(`v${i}`))
    }
    const graph = g.build()
    const keys = next(graph.nodes.length)
    const order = graph.nodes.map((_, i) => i).sort((i, j) => (keys[i] ?? 0) - (keys[j] ?? 0))
    const shuffled = order.flatMap(i => graph.nodes[i] ?? [])
    const graphIndex = indexGraph({ ...graph, nodes: shuffled })
    const there = new Set(['v0'])
    for (const node of graphIndex.nodes) {
      expect(node.inputs.every(input => there.has(input))).toBe(true)
      for (const output of node.outputs) there.add(output)
    }
    expect(graphIndex.nodes).toHaveLength(59)
    expect(graphIndex.nodes.map(node => graphIndex.place.get(node))).toEqual(graphIndex.nodes.map((_, i) => i))
  })

  it('is not stopped by depth', () => {
    const g = new GraphBuilder()
    g.input('v0', [1])
    for (let i = 20_000; i > 0; i--) g.node('Relu', [`v${i - 1}`], {}, outputs(`v${i}`))
    expect(indexGraph(g.build()).nodes.at(-1)?.outputs).toEqual(['v20000'])
  })

  it('refuses a cycle, a value that nobody makes, and one made twice, and names the node', () => {
    const cycle = new GraphBuilder()
    cycle.node('Add', [cycle.input('x', [1]), 'b'], {}, { name: 'first', outputs: ['a'] })
    cycle.node('Relu', ['a'], {}, { name: 'second', outputs: ['b'] })
    expect(sentence(() => indexGraph(cycle.build()))).toMatch(
      /^bad-model: Add "first" depends on its own output: .* cycle/,
    )

    const own = new GraphBuilder()
    own.node('Relu', ['a'], {}, outputs('a'))
    expect(sentence(() => indexGraph(own.build()))).toMatch(/^bad-model: Relu that makes "a" depends on its own output/)

    const missing = new GraphBuilder()
    missing.node('Conv', [missing.input('x', [1]), 'lost'], {}, { name: '/conv1/Conv', outputs: ['a'] })
    expect(sentence(() => indexGraph(missing.build()))).toBe(
      'bad-model: Conv "/conv1/Conv" reads "lost", which nothing in the file makes. The file is damaged: export it again.',
    )

    const inside = new GraphBuilder()
    conditional(inside, 'lost')
    expect(sentence(() => indexGraph(inside.build()))).toMatch(/^bad-model: If that makes "chosen" reads "lost"/)

    const twice = new GraphBuilder()
    twice.node('Relu', [twice.input('x', [1])], {}, outputs('a'))
    twice.node('Tanh', ['x'], {}, { name: 'again', outputs: ['a'] })
    expect(sentence(() => indexGraph(twice.build()))).toBe(
      'bad-model: The value "a" is made twice, the second time by Tanh "again". The file is damaged: export it again.',
    )

    const constant = new GraphBuilder()
    constant.node('Relu', [constant.input('x', [1])], {}, outputs(constant.weight([1])))
    expect(sentence(() => indexGraph(constant.build()))).toMatch(/^bad-model: The value "w0" is made twice/)
  })

  it('knows who makes and who reads a value, once each, branches of control flow included', () => {
    const g = new GraphBuilder()
    g.node('Relu', [g.input('x', [1])], {}, outputs('a'))
    g.node('Add', ['a', 'a'], {}, outputs('b'))
    conditional(g, 'a')
    const graphIndex = indexGraph(g.build())
    expect(graphIndex.producer.get('a')?.op).toBe('Relu')
    expect(graphIndex.consumers.get('a')?.map(node => node.op)).toEqual(['Add', 'If'])
    expect(graphIndex.nodes.map(reads)).toEqual([['x'], ['a', 'a'], ['yes', 'a', 'a']])
  })
})

describe('parameters', () => {
  it('are constants and what nodes make from them alone', () => {
    const g = new GraphBuilder()
    g.node('Constant', [], { value: { kind: 'float', value: 1 } }, outputs('c'))
    g.node('Mul', [g.weight([1]), 'c'], {}, outputs('scaled'))
    g.node('Sub', ['scaled', ''], {}, outputs('shifted', '', 'spare'))
    g.node('Add', [g.input('x', [1]), 'shifted'], {}, outputs('y'))
    expect([...indexGraph(g.build()).parameters]).toEqual(['w0', 'c', 'scaled', 'shifted', 'spare'])
  })

  it('are not what is drawn at random, nor what comes from it', () => {
    const g = new GraphBuilder()
    g.node('RandomNormal', [], { shape: [2] }, outputs('noise'))
    g.node('RandomUniformLike', [g.weight([2])], {}, outputs('more'))
    g.node('Mul', ['noise', 'w0'], {}, outputs('scaled'))
    expect([...indexGraph(g.build()).parameters]).toEqual(['w0'])
  })

  it('are what control flow makes from constants, unless a branch reads an activation', () => {
    const still = new GraphBuilder()
    conditional(still, still.weight([1]))
    expect(indexGraph(still.build()).parameters.has('chosen')).toBe(true)
    const moving = new GraphBuilder()
    conditional(moving, moving.input('x', [1]))
    expect(indexGraph(moving.build()).parameters.has('chosen')).toBe(false)
  })
})

describe('forwardProgram', () => {
  /** x → a → b → c, with d = a + c. */
  function chain(): GraphIndex {
    const g = new GraphBuilder()
    g.node('Mul', [g.input('x', [1]), g.weight([1])], {}, outputs('a'))
    g.node('Relu', ['a'], {}, outputs('b'))
    g.node('Mul', ['b', g.node('Neg', [g.weight([1])], {}, outputs('minus'))], {}, outputs('c'))
    g.node('Add', ['a', 'c'], {}, outputs('d'))
    return indexGraph(g.build())
  }
  const summary = (given: readonly string[], wanted: readonly string[]) => {
    const { nodes, inputs, parameters, outputs } = forwardProgram(chain(), new Set(given), wanted)
    return { made: nodes.map(node => node.outputs[0]), inputs, parameters: [...parameters].sort(), outputs }
  }

  it('holds what the wanted values need, in order, and no node that parameters grow by', () => {
    expect(summary(['x'], ['d'])).toEqual({
      made: ['a', 'b', 'c', 'd'],
      inputs: ['x'],
      parameters: ['minus', 'w0'],
      outputs: ['d'],
    })
    expect(summary([], ['b'])).toMatchObject({ made: ['a', 'b'], inputs: ['x'], parameters: ['w0'] })
  })

  it('is cut at values that are given', () => {
    expect(summary(['b'], ['c'])).toEqual({ made: ['c'], inputs: ['b'], parameters: ['minus'], outputs: ['c'] })
    expect(summary(['c'], ['d'])).toMatchObject({ made: ['a', 'd'], inputs: ['c', 'x'] })
    expect(summary(['a', 'c'], ['d', 'b'])).toMatchObject({ made: ['b', 'd'], inputs: ['a', 'c'] })
  })

  it('refuses a value that the network has not', () => {
    expect(sentence(() => summary([], ['nothing']))).toBe('unknown-layer: The network has no value "nothing".')
  })
})
