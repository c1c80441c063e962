import * as ort from 'onnxruntime-web'
import { describe, expect, it, vi } from 'vitest'
import { engineFailure } from '../../src/engine/failure'
import { createRuntime } from '../../src/engine/ort'
import type { HookscopeError } from '../../src/errors'
import { writeOnnx } from '../../src/onnx/write'
import { GraphBuilder } from '../support/build'

const named = { name: '/here' }
const x = (g: GraphBuilder) => g.input('x', [1, 4, 6, 6])
const fed = (g: GraphBuilder, name: string, values: number[]) =>
  g.node('Cast', [g.input(name, [values.length], values)], { to: 7 })

/** What the engine makes of a graph: its refusal as Hookscope tells it. */
async function refused(build: (g: GraphBuilder) => string): Promise<HookscopeError> {
  const g = new GraphBuilder(17)
  const y = build(g)
  const runtime = createRuntime(ort, 'wasm')
  ort.env.logLevel = 'fatal'
  try {
    const compiled = await runtime.compile(writeOnnx(g.output(y).build()))
    const held = [...g.feeds].map(
      ([name, { dims, data }]) => [name, runtime.float(Float32Array.from(data), dims)] as const,
    )
    await compiled.run(new Map(held), [y])
  } catch (error) {
    return error as HookscopeError
  }
  throw new Error('nothing was refused')
}

const REFUSALS: readonly [string, (g: GraphBuilder) => string, string, RegExp][] = [
  [
    'an operator that nobody has',
    g => g.node('Mystery', [x(g)], {}, named),
    'The engine has no operator "Mystery" in opset 17, which the network uses. Export it without, or in another opset.',
    /^No Op registered for Mystery/,
  ],
  [
    'an operator of another house',
    g => g.node('Foo', [x(g)], {}, { ...named, domain: 'com.example' }),
    'The network uses operators of "com.example" and does not say which version. Export it again, with ONNX’s own operators.',
    /^No opset import/,
  ],
  [
    'numbers of two types',
    g => g.node('Add', [x(g), g.ints([1])], {}, named),
    'Add "/here" is given numbers of different types. The file is damaged: export it again.',
    /^Type Error/,
  ],
  [
    'shapes that do not fit',
    g => g.node('Add', [x(g), g.weight([1, 5, 6, 6])], {}, named),
    'Shapes or types in the network do not fit together. The file is damaged: export it again.',
    /^\[ShapeInferenceError\]/,
  ],
  [
    'a channel too few, seen at run time',
    g => g.node('Conv', [x(g), g.weight([4, 3, 1, 1])], {}, named),
    'The engine could not compute Conv "/here" with what it was given. Check the picture’s size and the network’s file.',
    /^Non-zero status code/,
  ],
  [
    'a value past any memory',
    g => g.node('Expand', [g.weight([1, 1]), fed(g, 's', [600000, 200000])], {}, named),
    'There is not enough memory to run the network. Choose a smaller network or picture, or close what else is open.',
    /Tensor shape is too large$/,
  ],
  [
    'a shape that a run finds wrong',
    g => g.node('Reshape', [x(g), fed(g, 's', [7, 7])], {}, named),
    'A Reshape in the network does not fit what it is given. Check the picture’s size and the network’s file.',
    /^onnxruntime::ReshapeHelper/,
  ],
]

describe('what the engine refuses is said in a sentence of ours, its own words behind it', () => {
  it.each(REFUSALS)('%s', async (_, build, message, detail) => {
    const error = await refused(build)
    expect(error).toMatchObject({ name: 'HookscopeError', code: 'engine-failed', message })
    expect(error.detail).toMatch(detail)
    expect(error.detail).not.toMatch(/ERROR_CODE|\.(cc|h):\d|\/mnt\//)
    expect(error.cause).toBeInstanceOf(Error)
  })
})

it('after an abort the engine is lost, and is asked nothing more', async () => {
  const trap = new WebAssembly.RuntimeError('memory access out of bounds')
  expect(engineFailure('run', trap)).toMatchObject({ code: 'engine-lost', detail: trap.message, cause: trap })
  const create = vi.spyOn(ort.InferenceSession, 'create').mockRejectedValue(trap)
  const runtime = createRuntime(ort, 'wasm')
  const model = new Uint8Array(1)
  await expect(runtime.compile(model)).rejects.toMatchObject({ code: 'engine-lost' })
  await expect(runtime.compile(model)).rejects.toMatchObject({ code: 'engine-lost' })
  expect(create).toHaveBeenCalledTimes(1)
  create.mockRestore()
})
