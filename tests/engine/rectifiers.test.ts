import { describe, expect, it } from 'vitest'
import { analyze } from '../../src/analysis/analyze'
import { findMethod } from '../../src/attribution/methods'
import { Network } from '../../src/engine/network'
import { GRADIENT_KINDS, type GradientKind } from '../../src/grad/rules/gated'
import { float } from '../../src/graph/attributes'
import { GraphBuilder, random } from '../support/build'
import { runtime } from '../support/engine'
import { gradientOf } from '../support/explain'

type Unit = (g: GraphBuilder, x: string) => string

const KINDS = Object.keys(GRADIENT_KINDS) as GradientKind[]
const PICTURE = Float32Array.from(random('picture')(3 * 64))

/** Two convolutions with the same weights whatever unit stands behind each, then pooling and classes. */
function networkOf(unit: Unit, opset: number) {
  const g = new GraphBuilder(opset, 'two units')
  const seeded = random('weights')
  const conv = (x: string, from: number) =>
    g.node('Conv', [x, g.weight([4, from, 3, 3], seeded(9 * 4 * from, -0.4, 0.4)), g.weight([4], seeded(4))])
  const hidden = unit(g, conv(g.input('x', [1, 3, 8, 8]), 3))
  const flat = g.node('Flatten', [g.node('GlobalAveragePool', [unit(g, conv(hidden, 4))])])
  return analyze(g.output(g.node('Gemm', [flat, g.weight([4, 5], seeded(20)), g.weight([5], seeded(5))])).build())
}

async function gradients(unit: Unit, opset: number) {
  const analyzed = networkOf(unit, opset)
  const network = await Network.create(analyzed, runtime)
  const run = await network.forward(PICTURE)
  const found = new Map<GradientKind, Float32Array>()
  for (const kind of KINDS) found.set(kind, await gradientOf(run, kind, 1))
  run.dispose()
  await network.dispose()
  return { found, rectifiers: analyzed.layout.rectifiers }
}

const truth = (g: GraphBuilder, op: string, a: string, b: string) => g.node(op, [a, b])
const zero = (g: GraphBuilder) => g.weight([], [0])

const fused: Unit = (g, x) => {
  const same = Array.from({ length: 16 }, (_, i) => (i % 5 === 0 ? 1 : 0))
  return g.node('FusedConv', [x, g.weight([4, 4, 1, 1], same)], { activation: 'Relu' }, { domain: 'com.microsoft' })
}

const RELUS: readonly { readonly name: string; readonly opset?: number; readonly unit: Unit }[] = [
  { name: 'FusedConv of ONNX Runtime', unit: fused },
  { name: 'Max(x, 0)', unit: (g, x) => g.node('Max', [x, zero(g)]) },
  { name: 'Max(0, x), 0 for each channel', unit: (g, x) => g.node('Max', [g.weight([4, 1, 1], [0, 0, 0, 0]), x]) },
  { name: 'Clip from 0', unit: (g, x) => g.node('Clip', [x, zero(g)]) },
  { name: 'Clip from 0 by attributes', opset: 9, unit: (g, x) => g.node('Clip', [x], { min: float(0) }) },
  { name: 'ReLU6', unit: (g, x) => g.node('Clip', [x, zero(g), g.weight([], [6])]) },
  { name: 'ThresholdedRelu at 0', unit: (g, x) => g.node('ThresholdedRelu', [x], { alpha: float(0) }) },
  { name: 'LeakyRelu of slope 0', unit: (g, x) => g.node('LeakyRelu', [x], { alpha: float(0) }) },
  { name: 'PRelu of slope 0', unit: (g, x) => g.node('PRelu', [x, g.weight([4, 1, 1], [0, 0, 0, 0])]) },
  { name: 'Where(x > 0, x, 0)', unit: (g, x) => g.node('Where', [truth(g, 'Greater', x, zero(g)), x, zero(g)]) },
  { name: 'Where(x <= 0, 0, x)', unit: (g, x) => g.node('Where', [truth(g, 'LessOrEqual', x, zero(g)), zero(g), x]) },
  {
    name: 'Where(not (x < 0), x, 0)',
    unit: (g, x) => g.node('Where', [g.node('Not', [truth(g, 'Less', x, zero(g))]), x, zero(g)]),
  },
  {
    name: 'x times (x > 0)',
    unit: (g, x) => g.node('Mul', [x, g.node('Cast', [truth(g, 'Greater', x, zero(g))], { to: 1 })]),
  },
  {
    name: '(0 < x as 1 or 0) times x',
    unit: (g, x) => g.node('Mul', [g.node('Where', [truth(g, 'Less', zero(g), x), g.weight([], [1]), zero(g)]), x]),
  },
]

const OTHERS: readonly { readonly name: string; readonly unit: Unit }[] = [
  { name: 'LeakyRelu', unit: (g, x) => g.node('LeakyRelu', [x], { alpha: float(0.1) }) },
  { name: 'PRelu', unit: (g, x) => g.node('PRelu', [x, g.weight([], [0.2])]) },
  { name: 'Elu', unit: (g, x) => g.node('Elu', [x]) },
  { name: 'SiLU', unit: (g, x) => g.node('Mul', [x, g.node('Sigmoid', [x])]) },
  { name: 'Clip from -1', unit: (g, x) => g.node('Clip', [x, g.weight([], [-1])]) },
  { name: 'Max with 1', unit: (g, x) => g.node('Max', [x, g.weight([], [1])]) },
  {
    name: 'another value where x > 0',
    unit: (g, x) => g.node('Where', [truth(g, 'Greater', x, zero(g)), g.node('Mul', [x, g.weight([], [2])]), zero(g)]),
  },
]

/** float32 sums in another order. */
const TOLERANCE = 1e-6

function expectAlike(found: Float32Array | undefined, expected: Float32Array | undefined, what: string) {
  const truths = Array.from(expected ?? [])
  const scale = Math.max(...truths.map(Math.abs))
  expect(scale, what).toBeGreaterThan(1e-3)
  const worst = Math.max(...truths.map((value, i) => Math.abs(value - (found?.[i] ?? Number.NaN))))
  expect(worst, what).toBeLessThanOrEqual(TOLERANCE * scale)
}

describe('guided backpropagation and deconvnet act at a ReLU in any form', () => {
  it.each(RELUS)('$name', async ({ unit, opset = 17 }) => {
    const relu = await gradients((g, x) => g.node('Relu', [x]), opset)
    const other = await gradients(unit, opset)
    expect([relu.rectifiers, other.rectifiers]).toEqual([2, 2])
    for (const kind of KINDS) expectAlike(other.found.get(kind), relu.found.get(kind), kind)
    expect(relu.found.get('guided')).not.toEqual(relu.found.get('saliency'))
    expect(relu.found.get('deconvnet')).not.toEqual(relu.found.get('guided'))
  })

  it('a ReLU6 holds back above 6 as well, but not in deconvnet', async () => {
    const at = (g: GraphBuilder, high: number) => g.weight([], [high])
    const low = await gradients((g, x) => g.node('Clip', [x, zero(g), at(g, 0.2)]), 17)
    const relu = await gradients((g, x) => g.node('Relu', [x]), 17)
    expectAlike(low.found.get('deconvnet'), relu.found.get('deconvnet'), 'deconvnet')
    expect(low.found.get('guided')).not.toEqual(relu.found.get('guided'))
  })
})

describe('where there is no ReLU they are the plain gradient, and that is known before anything runs', () => {
  it.each(OTHERS)('$name', async ({ unit }) => {
    const { found, rectifiers } = await gradients(unit, 17)
    expect(rectifiers).toBe(0)
    for (const kind of KINDS) expectAlike(found.get(kind), found.get('saliency'), kind)
  })

  it('as a sentence', () => {
    const { layout } = networkOf((g, x) => g.node('Relu', [x]), 13)
    const guided = (rectifiers: number) => findMethod('guided').remark?.({ ...layout, rectifiers })
    expect(guided(0)).toBe(
      'No ReLU stands between the input and the classes of this network, so Guided backprop is the plain gradient, as saliency.',
    )
    expect(guided(1)).toBeNull()
    expect(findMethod('saliency').remark).toBeUndefined()
  })
})
