import { describe, expect, it } from 'vitest'
import { backward, gradientOf } from '../../src/grad/backward'
import type { Rule } from '../../src/grad/rule'
import { RULES, ZERO_GRADIENT } from '../../src/grad/rules'
import type { GraphBuilder } from '../support/build'
import { runProgram } from '../support/execute'
import { evaluate, finiteDifferences } from '../support/reference'
import { type NdArray, ndArray } from '../support/reference/array'
import { engineGradients, expectClose, type Prepared, prepare } from './check'

const POOLED = { kernel_shape: [3, 3], pads: [1, 1, 1, 1] }

/** x → stem → left, right; left and right and stem joined → y. */
function branches(g: GraphBuilder): string {
  const named = (name: string) => ({ outputs: [name] })
  const w = () => g.weight([2, 2, 3, 3])
  g.node('Relu', [g.node('Conv', [g.input('x', [1, 2, 5, 5]), w()], { pads: [1, 1, 1, 1] })], {}, named('stem'))
  g.node('Conv', ['stem', w()], { pads: [1, 1, 1, 1] }, named('left'))
  g.node('MaxPool', ['stem'], POOLED, named('right'))
  const sum = g.node('Add', [g.node('Relu', ['left']), g.node('Mul', ['right', g.weight([2, 1, 1])])])
  return g.node('Concat', [sum, 'stem'], { axis: 1 })
}

const found = (values: ReadonlyMap<string, NdArray>, name: string): NdArray => {
  const value = values.get(name)
  if (!value) throw new Error(`there is no ${name}`)
  return value
}

/** The reference's forward values and the seed, for programs that are run by themselves. */
const forwardValues = ({ graph, feeds, output, seed }: Prepared): Map<string, NdArray> =>
  evaluate(graph, feeds).set(gradientOf(output), seed)

describe('the walk', () => {
  it('goes segment by segment to the same gradient as in one piece', async () => {
    const prepared = prepare({ name: 'segments', build: branches })
    const { graphIndex, shapes, graph, feeds, output, seed } = prepared
    const values = forwardValues(prepared)
    const segments = [
      { known: [output], wanted: ['left', 'right'] },
      { known: ['left', 'right', output], wanted: ['stem'] },
      { known: ['stem'], wanted: ['x'] },
    ]
    const programs = segments.map(request => backward(graphIndex, shapes, request))
    for (const program of programs) await runProgram(graphIndex, program, values)
    expectClose(found(values, gradientOf('x')), finiteDifferences(graph, feeds, 'x', output, seed), 'the gradient of x')
    expect(programs[2]?.inputs).toEqual(['stem', gradientOf('stem')])
  })

  it('does not go on behind a value whose gradient is known', async () => {
    const prepared = prepare({ name: 'known', build: branches })
    const program = backward(prepared.graphIndex, prepared.shapes, { known: ['stem'], wanted: ['left', 'x'] })
    const values = forwardValues(prepared).set(gradientOf('stem'), ndArray([1, 2, 5, 5]))
    await runProgram(prepared.graphIndex, program, values)
    expect([...found(values, gradientOf('left')).data].every(value => value === 0)).toBe(true)
    expect([...found(values, gradientOf('x')).data].every(value => value === 0)).toBe(true)
  })

  it('gives several values in one go, one of them before another', async () => {
    const prepared = prepare({ name: 'several', build: branches })
    const together = await engineGradients(prepared, ['left', 'stem', 'x'])
    for (const value of ['left', 'stem', 'x']) {
      const alone = await engineGradients(prepared, [value])
      expectClose(together.gradients.get(value), found(alone.gradients, value), `the gradient of ${value}`)
    }
  })

  it('gives zeros for a value that does not reach the target', async () => {
    const prepared = prepare({
      name: 'apart',
      build: g => {
        g.node('Relu', [g.input('aside', [2, 3])])
        return g.node('Relu', [g.input('x', [2, 2])])
      },
    })
    const { gradients } = await engineGradients(prepared, ['aside', 'x'])
    expect(gradients.get('aside')).toEqual(ndArray([2, 3]))
    expect(gradients.get('x')?.data.some(value => value !== 0)).toBe(true)
  })

  it('reads no forward value that no rule needs', () => {
    const { graphIndex, shapes } = prepare({
      name: 'lean',
      build: g =>
        g.node('Gemm', [
          g.node('Flatten', [g.node('GlobalAveragePool', [g.input('x', [1, 2, 3, 3])])]),
          g.weight([2, 4]),
        ]),
    })
    const program = backward(graphIndex, shapes, { known: ['gemm2'], wanted: ['x'] })
    expect(program).toMatchObject({ inputs: ['grad→gemm2'], parameters: ['w0'], outputs: ['grad→x'] })
  })

  it('takes other rules: guided backpropagation stops negative gradients as well', async () => {
    const guided: Rule = ({ emit, O, GO }) => {
      const zero = emit.scalar(0)
      const both = emit.op('And', [emit.op('Greater', [O, zero]), emit.op('Greater', [GO, zero])])
      return [emit.op('Where', [both, GO, zero])]
    }
    const prepared = prepare({ name: 'guided', build: g => g.node('Relu', [g.input('x', [4, 8])]) })
    const { gradients } = await engineGradients(prepared, ['x'], { ...RULES, Relu: guided })
    const plain = await engineGradients(prepared, ['x'])
    const x = found(prepared.feeds, 'x')
    const expected = prepared.seed.data.map((seed, i) => (seed > 0 && (x.data[i] ?? 0) > 0 ? seed : 0))
    expectClose(gradients.get('x'), ndArray(x.dims, expected), 'the guided gradient')
    expect(plain.gradients.get('x')).not.toEqual(gradients.get('x'))
  })
})

describe('operators that small changes do not move', () => {
  it.each(['Floor', 'Ceil', 'Round', 'Sign'])('%s adds nothing to the gradient', async op => {
    const prepared = prepare({ name: op, build: g => g.node('Add', [g.node(op, [g.input('x', [2, 3])]), 'x']) })
    const { gradients } = await engineGradients(prepared, ['x'])
    expectClose(gradients.get('x'), prepared.seed, 'the gradient')
  })

  it.each([...ZERO_GRADIENT])('%s alone gives zeros, and no rule is asked for', op => {
    const { graphIndex, shapes } = prepare({
      name: op,
      build: g => {
        g.node(op, [g.input('x', [2, 3]), 'x'], {}, { outputs: ['still'] })
        return g.node('Relu', ['x'])
      },
    })
    const program = backward(graphIndex, shapes, { known: ['still'], wanted: ['x'] })
    expect(program.nodes.map(node => node.op)).toEqual(['Identity'])
    expect([...program.constants.values()].map(({ dims, bytes }) => [dims, Math.max(...bytes)])).toEqual([[[2, 3], 0]])
  })
})
