import { describe, expect, it } from 'vitest'
import { HookscopeError } from '../../src/errors'
import { backward, obstacles as findObstacles } from '../../src/grad/backward'
import { type GraphIndex, indexGraph } from '../../src/graph/graph-index'
import { inferShapes } from '../../src/graph/shapes'
import type { Node } from '../../src/graph/types'
import { GraphBuilder } from '../support/build'

/** Obstacles of a graph, its inputs in their own shapes; what the file does not tell is [1, 2, 4, 4]. */
function obstacles(graphIndex: GraphIndex, target: string): Map<string, Node | null> {
  const fed = graphIndex.graph.inputs.map(port => [port.name, port.dims.map(Number)] as const)
  const shapes = inferShapes(graphIndex, new Map(fed))
  for (const value of graphIndex.producer.keys())
    if (!shapes.has(value)) shapes.set(value, { type: 'float32', dims: [1, 2, 4, 4] })
  return new Map([...findObstacles(graphIndex, shapes, target)].map(([value, found]) => [value, found?.node ?? null]))
}

const outputs = (...names: string[]) => ({ outputs: names })

/** x → a → Fused → b → y, and x → c → y beside it. */
function blocked() {
  const g = new GraphBuilder(13)
  g.node('Relu', [g.input('x', [1, 2, 4, 4])], {}, outputs('a'))
  const fused = { name: '/block/fused', domain: 'com.microsoft', outputs: ['f'] }
  g.node('Fused', ['a', g.weight([2, 2, 1, 1])], {}, fused)
  g.node('Relu', ['f'], {}, outputs('b'))
  g.node('Identity', ['x'], {}, outputs('c'))
  g.node('Add', ['b', 'c'], {}, outputs('y'))
  return indexGraph(g.output('y').build())
}

function thrown(work: () => unknown): HookscopeError {
  try {
    work()
  } catch (error) {
    if (error instanceof HookscopeError) return error
  }
  throw new Error('nothing was refused')
}

describe('obstacles', () => {
  it('tells for every value whether gradients reach it, and which node is in the way', () => {
    const graphIndex = blocked()
    const found = obstacles(graphIndex, 'y')
    expect(Object.fromEntries([...found].map(([value, node]) => [value, node?.op ?? null]))).toEqual({
      ...{ y: null, b: null, c: null, f: null },
      ...{ a: 'Fused', x: 'Fused' },
    })
  })

  it('leaves out what the target does not depend on, and what only shapes are read of', () => {
    const g = new GraphBuilder()
    g.node('Shape', [g.node('Identity', [g.input('x', [2, 3])], {}, outputs('measured'))], {}, outputs('size'))
    g.node('Reshape', [g.input('z', [3, 2]), 'size'], {}, outputs('y'))
    g.node('Relu', ['y'], {}, outputs('after'))
    const found = obstacles(indexGraph(g.output('y').build()), 'y')
    expect([...found.keys()].sort()).toEqual(['y', 'z'])
  })

  it('names no parameters', () => {
    const found = obstacles(blocked(), 'y')
    expect(found.has('w0')).toBe(false)
  })

  it('stands at an operator whose second output matters too', () => {
    const g = new GraphBuilder()
    g.node('Identity', [g.input('x', [1, 1, 4, 4])], {}, outputs('a'))
    g.node('LayerNormalization', ['a', g.weight([4])], {}, outputs('l', 'means'))
    g.node('Add', ['l', 'means'], {}, outputs('u'))
    const found = obstacles(indexGraph(g.output('u').build()), 'u')
    expect(found.get('a')?.op).toBe('LayerNormalization')
    expect(found.get('l')).toBeNull()
  })

  it('stands at the control flow that reads a value from inside', () => {
    const g = new GraphBuilder()
    g.node('Relu', [g.input('x', [2])], {}, outputs('a'))
    const inner = new GraphBuilder()
    inner.node('Relu', ['a'], {}, outputs('r'))
    const { nodes } = inner.build()
    const branch = { name: 'then', inputs: [], nodes, constants: new Map(), outputs: ['r'] }
    const condition = g.constant('yes', { type: 'bool', dims: [], bytes: Uint8Array.of(1) })
    const both = {
      then_branch: { kind: 'graph', value: branch },
      else_branch: { kind: 'graph', value: branch },
    } as const
    g.node('If', [condition], both, outputs('y'))
    const found = obstacles(indexGraph(g.output('y').build()), 'y')
    expect(found.get('a')?.op).toBe('If')
    expect(found.get('x')?.op).toBe('If')
  })
})

describe('a gradient that cannot be written', () => {
  const shapesOf = (graphIndex: ReturnType<typeof indexGraph>) => {
    const shapes = inferShapes(graphIndex, new Map([['x', [1, 2, 4, 4]]]))
    for (const value of ['f', 'b', 'y']) shapes.set(value, { type: 'float32', dims: [1, 2, 4, 4] })
    return shapes
  }

  it('is refused by node, operator and opset, as obstacles has it', () => {
    const graphIndex = blocked()
    const error = thrown(() => backward(graphIndex, shapesOf(graphIndex), { known: ['y'], wanted: ['a'] }))
    expect(error.code).toBe('no-gradient')
    expect(error.message).toBe(
      'No gradient can pass com.microsoft.Fused "/block/fused" (opset 13): there is no rule for this operator. Choose a layer after it.',
    )
    expect(findObstacles(graphIndex, shapesOf(graphIndex), 'y').get('a')?.sentence).toBe(error.message)
    expect(backward(graphIndex, shapesOf(graphIndex), { known: ['y'], wanted: ['f', 'c'] }).outputs).toHaveLength(2)
  })

  it('is refused where the walk needs a shape that the file does not tell', () => {
    const g = new GraphBuilder()
    g.node('Flatten', [g.node('Mystery', [g.input('x', [2])], {}, outputs('m'))], {}, outputs('y'))
    const graphIndex = indexGraph(g.output('y').build())
    const shapes = inferShapes(graphIndex, new Map([['x', [2]]])).set('y', { type: 'float32', dims: [2, 3] })
    const error = thrown(() => backward(graphIndex, shapes, { known: ['y'], wanted: ['m'] }))
    expect(error.code).toBe('no-gradient')
    expect(error.message).toBe(
      'The shape of "m" cannot be told from the file, so no gradient can be written through it. Choose a layer after it.',
    )
  })

  it('is refused through statistics that are no constants', () => {
    const g = new GraphBuilder()
    const [image, ...rest] = [g.weight([1, 2, 5, 5]), g.weight([2]), g.weight([2]), g.weight([2])]
    const inputs = [image ?? '', g.input('x', [2]), ...rest]
    g.node('BatchNormalization', inputs, {}, { name: 'mixing', outputs: ['y'] })
    const graphIndex = indexGraph(g.output('y').build())
    const shapes = inferShapes(graphIndex, new Map([['x', [2]]]))
    const error = thrown(() => backward(graphIndex, shapes, { known: ['y'], wanted: ['x'] }))
    expect(error.code).toBe('no-gradient')
    expect(error.message).toBe(
      'No gradient can be written through input 1 of BatchNormalization "mixing", which is not a constant. Choose a layer after it.',
    )
  })
})
