import { describe, expect, it } from 'vitest'
import { RULES } from '../../src/grad/rules'
import { convCases } from './cases/conv'
import { elementwiseCases } from './cases/elementwise'
import { graphCases } from './cases/graphs'
import { layoutCases } from './cases/layout'
import { linearCases } from './cases/linear'
import { poolCases } from './cases/pool'
import { checkGradients, prepare } from './check'

const CASES = [...convCases, ...poolCases, ...linearCases, ...elementwiseCases, ...layoutCases, ...graphCases]

describe('gradients on the engine against finite differences in double precision', () => {
  it.each(CASES)('$name', async it => {
    await checkGradients(it)
  })
})

it('every rule is checked in a case of its own', () => {
  const checked = new Set(CASES.map(({ name }) => name.split(':')[0]))
  expect(Object.keys(RULES).filter(op => !checked.has(op))).toEqual([])
  const written = new Set(CASES.flatMap(it => prepare(it).graph.nodes.map(node => node.op)))
  expect(Object.keys(RULES).filter(op => !written.has(op))).toEqual([])
})
