import { describe, expect, it } from 'vitest'
import { keyOf, RULES } from '../../src/grad/rules'
import { activationCases } from './cases/activations'
import { attentionCases } from './cases/attention'
import { convCases } from './cases/conv'
import { elementwiseCases } from './cases/elementwise'
import { functionCases } from './cases/functions'
import { graphCases } from './cases/graphs'
import { indexingCases } from './cases/indexing'
import { layoutCases } from './cases/layout'
import { linearCases } from './cases/linear'
import { microsoftCases } from './cases/microsoft'
import { normalizeCases } from './cases/normalize'
import { pickingCases } from './cases/picking'
import { poolCases } from './cases/pool'
import { reduceCases } from './cases/reduce'
import { resizeCases } from './cases/resize'
import { samplingCases } from './cases/sampling'
import { checkGradients, prepare } from './check'

const CASES = [
  ...[...convCases, ...poolCases, ...linearCases, ...elementwiseCases, ...layoutCases, ...graphCases],
  ...[...activationCases, ...functionCases, ...indexingCases, ...normalizeCases, ...reduceCases, ...resizeCases],
  ...microsoftCases,
  ...attentionCases,
  ...pickingCases,
  ...samplingCases,
]

describe('gradients on the engine against finite differences in double precision', () => {
  it.each(CASES)('$name', async it => {
    await checkGradients(it)
  })
})

/** Checked in quantize.test.ts and straight-through.test.ts: their gradient is no derivative. */
const STRAIGHT_THROUGH = Object.keys(RULES).filter(op => /uantize|Integer|QLinear|QGemm/.test(op))

it('every rule is checked in a case of its own', () => {
  const checked = new Set([...CASES.map(({ name }) => name.split(':')[0]), ...STRAIGHT_THROUGH])
  expect(Object.keys(RULES).filter(op => !checked.has(op))).toEqual([])
  const nodes = CASES.flatMap(it => prepare(it).graph.nodes)
  const written = new Set([...nodes.map(({ op, domain }) => keyOf(op, domain)), ...STRAIGHT_THROUGH])
  expect(Object.keys(RULES).filter(op => !written.has(op))).toEqual([])
})
