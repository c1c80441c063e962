import { readFileSync } from 'node:fs'
import * as ort from 'onnxruntime-web'
import { describe, expect, it } from 'vitest'
import { differentiate, type GradientRequest, type GradientRules, HookscopeError, writeGraph } from '../../src/autodiff'
import { GraphBuilder, load, type Tensor } from '../../src/hookscope'
import { GraphBuilder as Builder } from '../support/build'

interface Listed {
  readonly dims: readonly number[]
  readonly data: readonly number[]
}
const reference = new URL('../hooks/reference/', import.meta.url)
const network = readFileSync(new URL('network.onnx', reference))
const truth: { x: Listed; reading: { logits: Listed; gradients: Record<string, Listed> } } = JSON.parse(
  readFileSync(new URL('values.json', reference), 'utf8'),
)
const image = Float32Array.from(truth.x.data)
const CLASS = 2

/** Runs the written file as any program would, and gives its outputs by name. */
async function run(bytes: Uint8Array, feeds: Readonly<Record<string, Listed>>) {
  const session = await ort.InferenceSession.create(bytes)
  const tensors = Object.entries(feeds).map(
    ([name, { dims, data }]) => [name, new ort.Tensor('float32', Float32Array.from(data), dims)] as const,
  )
  const results = await session.run(Object.fromEntries(tensors))
  return new Map(
    Object.entries(results).map(([name, { dims, data }]) => [name, { dims, data: Array.from(data, Number) }]),
  )
}

/** The gradient of class 2's logit in the small residual network of the hooks' reference. */
async function gradients(by: readonly string[], rules?: GradientRules) {
  const { inputs, outputs } = await load(network)
  const [input = '', output = ''] = [inputs[0]?.name, outputs[0]?.name]
  const file = differentiate(network, {
    outputs: [output],
    by,
    inputs: { [input]: truth.x.dims },
    ...(rules && { rules }),
  })
  const seed = { dims: [1, 4], data: [0, 1, 2, 3].map(index => (index === CLASS ? 1 : 0)) }
  const results = await run(file.bytes, { [input]: truth.x, [file.seeds[output] ?? '']: seed })
  return { logits: results.get(output), of: (value: string) => results.get(file.gradients[value] ?? '') }
}

function expectEqual(actual: Listed | Tensor | undefined, wanted: Listed | Tensor, name: string): void {
  expect(actual?.dims, name).toEqual(wanted.dims)
  const largest = Math.max(...wanted.data.map(Math.abs), 1e-6)
  const worst = Math.max(...Array.from(wanted.data, (value, i) => Math.abs(value - (actual?.data[i] ?? Number.NaN))))
  expect(worst / largest, name).toBeLessThan(1e-5)
}

describe('a file with its gradients gives', () => {
  it('PyTorch’s logits and gradients, by the input and by every parameter', async () => {
    const names = Object.keys(truth.reading.gradients)
    expect(names).toContain('x')
    const found = await gradients(names)
    expectEqual(found.logits, truth.reading.logits, 'logits')
    for (const [name, gradient] of Object.entries(truth.reading.gradients)) expectEqual(found.of(name), gradient, name)
  })

  it.each<[GradientRules, (gradInput: Tensor, gradOutput: Tensor) => Tensor]>([
    ['guided', ({ dims, data }) => ({ dims, data: data.map(value => Math.max(value, 0)) })],
    ['deconvnet', (_, { dims, data }) => ({ dims, data: data.map(value => Math.max(value, 0)) })],
    [{ Relu: ({ gradOutput }) => [gradOutput] }, (_, gradOutput) => gradOutput],
    [
      { Relu: ({ write, gradOutput }) => [write('Mul', [gradOutput, 2])] },
      (_, { dims, data }) => ({ dims, data: data.map(value => 2 * value) }),
    ],
  ])('with rules %o what backward hooks on every ReLU give', async (rules, rule) => {
    const net = await load(network)
    for (const path of ['stem.1', 'block.relu'])
      net
        .module(path)
        .registerFullBackwardHook((_, [gradInput], [gradOutput]) =>
          gradInput && gradOutput ? [rule(gradInput, gradOutput)] : undefined,
        )
    const forward = await net.forward({ image })
    await forward.backward({ class: CLASS })
    expectEqual((await gradients(['x'], rules)).of('x'), await forward.gradient('image'), 'x')
  })

  it('the gradient of the sum of several outputs, one of which depends on the other', async () => {
    const graph = new GraphBuilder()
    const x = graph.input('x', [2])
    const square = graph.mul(x, x, 'square')
    graph.output(square).output(graph.mul(square, 3, 'triple'))
    const file = differentiate(writeGraph(graph.build()), { outputs: ['square', 'triple'], by: ['x', 'square'] })
    const results = await run(file.bytes, {
      x: { dims: [2], data: [5, 7] },
      [file.seeds.square ?? '']: { dims: [2], data: [1, 1] },
      [file.seeds.triple ?? '']: { dims: [2], data: [1, 10] },
    })
    // d(square + triple · seed)/d(square) = 1 + 3 · seed, and by x that times 2x
    expect(results.get(file.gradients.square ?? '')?.data).toEqual([4, 31])
    expect(results.get(file.gradients.x ?? '')?.data).toEqual([40, 434])
  })

  it('the gradient of a single number without a seed, under names that the file has not', async () => {
    const graph = new GraphBuilder()
    const x = graph.input('grad_x', [2])
    graph.output(graph.mean(graph.mul(x, graph.parameter('x', [3, 4])), 'loss'))
    const { bytes, gradients, seeds } = differentiate(writeGraph(graph.build()), { outputs: ['loss'], by: ['x'] })
    expect([gradients, seeds]).toEqual([{ x: "grad_x'" }, {}])
    expect((await run(bytes, { grad_x: { dims: [2], data: [5, 7] } })).get("grad_x'")).toEqual({
      dims: [2],
      data: [2.5, 3.5],
    })
  })
})

describe('what cannot be differentiated is a sentence', () => {
  const graph = new Builder(17, 'small')
  const ids = graph.node('Cast', [graph.input('x', [2, 2])], { to: 7 }, { outputs: ['ids'] })
  graph.output(
    graph.node('Det', [graph.node('Cast', [ids], { to: 1 }, { outputs: ['y'] })], {}, { name: 'det', outputs: ['z'] }),
  )
  const small = (request: Partial<GradientRequest>) => () => {
    const { nodes } = graph.build()
    const inputs = [{ name: 'x', type: 'float32', dims: ['n', 2] }] as const
    const file = writeGraph({ ...graph.build(), inputs, nodes: nodes.slice(0, -1), outputs: ['ids', 'y'] })
    return differentiate(file, { outputs: ['y'], by: ['x'], inputs: { x: [2, 2] }, ...request })
  }
  const det = () => differentiate(writeGraph(graph.build()), { outputs: ['z'], by: ['y'], inputs: { x: [2, 2] } })

  it.each<[string, () => unknown, string, string]>([
    [
      'an open shape',
      small({ inputs: {} }),
      'bad-argument',
      'The file leaves the shape of “x” open, [n, 2]. Give it: inputs: { "x": [1, 3, 224, 224] }.',
    ],
    [
      'another shape',
      small({ inputs: { x: [2, 3] } }),
      'bad-argument',
      'The input “x” is [n, 2] in the file; it cannot be [2, 3].',
    ],
    ['another input', small({ inputs: { a: [2] } }), 'bad-argument', 'The network has no input “a”. It takes “x”.'],
    [
      'an unknown value',
      small({ by: ['a'] }),
      'unknown-layer',
      'The file has no value “a”. Its inputs are “x”. Its outputs are “ids”, “y”.',
    ],
    [
      'an unknown output',
      small({ outputs: ['a'] }),
      'unknown-layer',
      'The file has no value “a”. Its inputs are “x”. Its outputs are “ids”, “y”.',
    ],
    ['whole numbers', small({ by: ['ids'] }), 'no-gradient', '“ids” holds int64 numbers, which have no gradient.'],
    [
      'nothing',
      small({ by: [] }),
      'bad-argument',
      'Name at least one output to differentiate, and one value to differentiate by.',
    ],
    [
      'other rules',
      () => differentiate(network, { outputs: [], by: [], rules: 'lrp' as 'guided' }),
      'bad-argument',
      'There are no rules “lrp”: choose saliency, guided, deconvnet, or give rules by operator.',
    ],
    [
      'an operator without a rule',
      det,
      'no-gradient',
      'No gradient can pass Det "det" (opset 17): there is no rule for this operator. Choose a layer after it.',
    ],
  ])('%s', (_, work, code, message) => {
    expect(work).toThrow(expect.objectContaining({ name: HookscopeError.name, code, message }))
  })
})
