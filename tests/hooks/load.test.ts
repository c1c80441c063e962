import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readNetwork } from '../../src/analysis/analyze'
import { Network } from '../../src/engine/network'
import { type BackwardTarget, GraphBuilder, HookscopeError, type LoadOptions, load } from '../../src/hookscope'
import { writeOnnx } from '../../src/onnx/write'
import { GraphBuilder as Builder, random } from '../support/build'
import { runtime } from '../support/engine'
import { gradientOf } from '../support/explain'
import { ownNetwork, weightsBeside } from '../support/own-network'

const image = Float32Array.from(random(3)(3 * 32 * 32))

async function failure(work: () => unknown): Promise<Pick<HookscopeError, 'code' | 'message'>> {
  try {
    await work()
  } catch (error) {
    if (error instanceof HookscopeError) return { code: error.code, message: error.message }
    throw error
  }
  throw new Error('nothing failed')
}

/** A small classifier of pictures of 32×32 with another end. */
function withEnd(end: (g: Builder, z: string) => readonly string[], count = 5): Uint8Array {
  const g = new Builder(13, 'end')
  const conv = g.node('Conv', [g.input('picture', [1, 3, 32, 32]), g.weight([4, 3, 3, 3])], {}, { name: '/conv/Conv' })
  const flat = g.node('Flatten', [g.node('GlobalAveragePool', [g.node('Relu', [conv])])])
  const z = g.node('Gemm', [flat, g.weight([count, 4])], { transB: 1 }, { name: '/fc/Gemm', outputs: ['z'] })
  for (const output of end(g, z)) g.output(output)
  const built = g.build()
  const opsets = new Map([...built.opsets, ['ai.onnx.ml', 2]])
  return writeOnnx({ ...built, opsets })
}

const ENDS: Record<string, Uint8Array> = {
  Sigmoid: withEnd((g, z) => [g.node('Sigmoid', [z])]),
  'Softmax, Cast': withEnd((g, z) => [g.node('Cast', [g.node('Softmax', [z], { axis: 1 })], { to: 11 })]),
  'an int64 row of labels beside': withEnd((g, z) => [g.node('ArgMax', [z], { axis: 1 }), g.node('Softmax', [z])]),
  'truths beside': withEnd((g, z) => [g.node('Softmax', [z]), g.node('Greater', [z, g.weight([], [0])])]),
  'ZipMap beside': withEnd((g, z) => {
    const p = g.node('Softmax', [z], { axis: 1 })
    const labels = { classlabels_int64s: [0, 1, 2, 3, 4] }
    return [p, g.node('ZipMap', [p], labels, { domain: 'ai.onnx.ml', outputs: ['zip'] })]
  }),
  'classes in another order': withEnd((g, z) => [
    g.node('Gather', [g.node('Softmax', [z], { axis: 1 }), g.ints([4, 2, 0])], { axis: 1 }),
  ]),
  'one Sigmoid': withEnd((g, z) => [g.node('Sigmoid', [z])], 1),
}

describe('load() reads a file as the page does', () => {
  it.each(Object.entries(ENDS))('%s: the same logits, gradients of every class', async (_, bytes) => {
    const page = await Network.create(readNetwork(bytes), runtime)
    const sight = await page.forward(image)
    const net = await load(bytes)
    const run = await net.forward({ image })
    const { isSingle } = page.layout.answer
    expect([...run.logits.data]).toEqual([...sight.logits].slice(0, isSingle ? 1 : undefined))
    for (const target of sight.logits.keys()) {
      await run.backward({ class: target })
      const right = await gradientOf(sight, 'saliency', target)
      const { data } = await run.gradient('image')
      expect(Math.max(...data.map((value, i) => Math.abs(value - (right[i] ?? 0))))).toBeLessThan(1e-7)
    }
    expect(net.outputs.map(({ name }) => name)).toEqual(page.analyzed.graphIndex.graph.outputs)
    await net.dispose()
  })

  it('the absence of what a single number stands for has the negative gradient', async () => {
    const net = await load(ENDS['one Sigmoid'] ?? new Uint8Array())
    const run = await net.forward({ image })
    await run.backward({ class: 0 })
    const there = await run.gradient('picture')
    await run.backward({ class: 1 })
    expect([...(await run.gradient('picture')).data]).toEqual([...there.data].map(value => 0 - value))
    await net.dispose()
  })

  it('a hook on the last layer changes what comes after it, and the logits', async () => {
    const net = await load(ENDS['Softmax, Cast'] ?? new Uint8Array())
    net.module('fc').registerForwardHook((_, __, output) => ({ ...output, data: output.data.map(value => 2 * value) }))
    const [plain, changed] = [await load(ENDS['Softmax, Cast'] ?? new Uint8Array()), net]
    const [before, after] = [await plain.forward({ image }), await changed.forward({ image })]
    expect([...after.logits.data]).toEqual([...before.logits.data].map(value => 2 * value))
    await after.backward({ class: 1 })
    expect((await after.gradient('image')).data.some(value => value !== 0)).toBe(true)
    await Promise.all([plain.dispose(), changed.dispose()])
  })

  it('weights in other files, told or beside a path', async () => {
    const { model, weights } = weightsBeside(ownNetwork(4), 'own.data')
    const right = await (await load(ownNetwork(4))).forward({ image })
    const folder = mkdtempSync(join(tmpdir(), 'hookscope-load-'))
    writeFileSync(join(folder, 'own.onnx'), model)
    const lacking = await failure(() => load(join(folder, 'own.onnx')))
    expect(lacking).toMatchObject({ code: 'bad-model', message: expect.stringContaining('"own.data"') })
    writeFileSync(join(folder, 'own.data'), weights)
    for (const net of [await load(model, { external: { 'own.data': weights } }), await load(join(folder, 'own.onnx'))])
      expect((await net.forward({ image })).logits).toEqual(right.logits)
  })

  it('weights that do not fit are refused before anything runs', async () => {
    const g = new Builder(17, 'unfit')
    g.output(g.node('Gemm', [g.input('x', [1, 3]), g.weight([2, 4])], { transB: 1 }, { name: '/fc/Gemm' }))
    expect(await failure(() => load(writeOnnx(g.build())))).toMatchObject({
      code: 'bad-model',
      message: expect.stringMatching(/Gemm "\/fc\/Gemm" is given .* do not fit together/),
    })
  })

  it('what is no classifier has hooks as well', async () => {
    const g = new GraphBuilder()
    const net = await load(g.output(g.mul(g.input('a', [2]), g.parameter('w', [3, 4]), 'y')))
    const run = await net.forward({ a: Float32Array.of(1, 2) })
    await run.backward({ class: 1 })
    expect([...(await run.gradient('a')).data]).toEqual([0, 4])
  })
})

describe('load() takes', () => {
  const bytes = new Uint8Array(ownNetwork(4))
  const path = join(mkdtempSync(join(tmpdir(), 'hookscope-load-')), 'own.onnx')
  writeFileSync(path, bytes)
  it.each<[string, Parameters<typeof load>[0]]>([
    ['a Uint8Array', bytes],
    ['an ArrayBuffer', bytes.buffer],
    ['a Blob', new Blob([bytes])],
    ['a Response', new Response(bytes)],
    ['a path', path],
  ])('%s', async (_, source) => {
    const net = await load(source)
    expect(net.inputs).toEqual([{ name: 'image', type: 'float32', dims: [1, 3, 32, 32] }])
    expect(net.outputs).toEqual([{ name: 'logits', type: 'float32', dims: [1, 4] }])
  })

  it('a builder, and what it builds', async () => {
    const g = new GraphBuilder()
    g.output(g.add(g.input('a'), 1, 'y'))
    for (const source of [g, g.build()]) {
      const run = await (await load(source)).forward({ a: { dims: [], data: Float32Array.of(2) } })
      expect([...run.logits.data]).toEqual([3])
    }
  })
})

describe('a sentence, for', () => {
  const linear = () => {
    const g = new GraphBuilder()
    return g.output(g.linear('fc', g.input('x', [1, 2]), { weight: { dims: [3, 2], data: [1, 2, 3, 4, 5, 6] } }))
  }
  const forward = (inputs: object) => async () => (await load(linear())).forward(inputs as never)
  const backward = (target: unknown) => async () => {
    const run = await (await load(linear())).forward({ x: Float32Array.of(1, 1) })
    await run.backward(target as BackwardTarget)
  }
  const options = (given: object) => () => load(linear(), given as LoadOptions)
  it.each<[string, () => unknown, string, RegExp]>([
    ['a class by name', backward({ class: 'cougar_face' }), 'unknown-class', /no class “cougar_face”.* 0 to 2/],
    ['no class', backward({ class: [] }), 'bad-argument', /names no class/],
    ['half a class', backward({ class: 0.5 }), 'unknown-class', /no class 0.5/],
    ['an engine that is none', options({ engine: 'cuda' }), 'bad-argument', /no engine “cuda”/],
    ['an activation that is none', options({ activation: 'tanh' }), 'bad-argument', /no activation “tanh”/],
    ['a number for an input', forward({ x: 2 }), 'bad-argument', /"x" \[1, 2\] is a Float32Array .* the number 2/],
    ['a plain array', forward({ x: [1, 2] }), 'bad-argument', /write Float32Array.from/],
    ['doubles', forward({ x: Float64Array.of(1, 2) }), 'bad-argument', /write Float32Array.from/],
    ['null', forward({ x: null }), 'bad-argument', /"x"/],
    ['a bare array for all inputs', forward(Float32Array.of(1, 2)), 'bad-argument', /by name/],
    ['another rank', forward({ x: { dims: [2], data: Float32Array.of(1, 2) } }), 'bad-argument', /given \[2\] with 2/],
    ['an input that is not there', forward({ y: Float32Array.of(1, 2) }), 'bad-argument', /no input "y".*"x"/],
    ['a number for a file', () => load(3 as never), 'bad-argument', /takes an ONNX file/],
    ['null for a file', () => load(null as never), 'bad-argument', /takes an ONNX file/],
    ['a path that is none', () => load('/nowhere/own.onnx'), 'model-unavailable', /\/nowhere\/own.onnx cannot be read/],
    [
      'numbers that are fewer than their shape',
      () => new GraphBuilder().parameter('w', { dims: [2, 2], data: [1, 2, 3] }),
      'bad-argument',
      /"w" is \[2, 2\], 4 numbers; it was given 3/,
    ],
    ['an output that is not there', () => load(ownNetwork(4), { output: 'o' }), 'bad-argument', /no output "o"/],
  ])('%s', async (_, work, code, message) => {
    expect(await failure(work)).toEqual({ code, message: expect.stringMatching(message) })
  })
})

it('“image” is the picture, for values and gradients as for forward()', async () => {
  const net = await load(ENDS.Sigmoid ?? new Uint8Array())
  const run = await net.forward({ image })
  await run.backward({ class: 2 })
  expect(await run.gradient('image')).toEqual(await run.gradient('picture'))
  expect((await run.value('image')).data).toEqual(image)
  const grads: number[] = []
  net.value('image').registerHook(grad => void grads.push(grad.data.length))
  await run.backward({ class: 2 })
  expect(grads).toEqual([3 * 32 * 32])
  await net.dispose()
})
