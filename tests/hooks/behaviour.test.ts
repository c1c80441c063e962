import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { GraphBuilder, HookscopeError, load, type Net, type RemovableHandle, type Tensor } from '../../src/hookscope'
import { modelBytes } from '../support/golden'

const X = { x: Float32Array.of(1, -2, 3) }

/** x [1, 3] → fc1 → relu → fc2 → relu (again, by its own path) → fc3, one logit. */
function tower(): GraphBuilder {
  const g = new GraphBuilder()
  const weight = { dims: [3, 3], data: [1, 0, 1, 0, 1, 0, -1, 2, 1] }
  const first = g.relu('act', g.linear('fc1', g.input('x', [1, 3]), { weight, bias: [0, 3, 0] }))
  const second = g.relu('last', g.linear('fc2', first, { weight, bias: [0, 0, 0] }))
  return g.output(g.linear('fc3', second, { weight: { dims: [1, 3], data: [1, 2, 3] } }))
}

const filled = ({ dims, data }: Tensor, value: number): Tensor => ({ dims, data: data.map(() => value) })

async function failure(work: Promise<unknown> | (() => unknown)): Promise<HookscopeError> {
  try {
    await (typeof work === 'function' ? work() : work)
  } catch (error) {
    if (error instanceof HookscopeError) return error
    throw error
  }
  throw new Error('nothing failed')
}

describe('a hook', () => {
  let net: Net
  let handles: RemovableHandle[]
  const logit = async () => {
    const run = await net.forward(X)
    run.dispose()
    return run.logits.data[0]
  }
  beforeEach(async () => {
    handles = []
    net = await load(tower(), { hookTimeout: 50 })
  })
  afterEach(() => net.dispose())

  it('gets copies: what it writes into them changes nothing', async () => {
    const before = await logit()
    net.module('fc1').registerForwardHook((_, [input], output) => {
      input?.data.fill(100)
      output.data.fill(100)
    })
    expect(await logit()).toBe(before)
  })

  it('may be asynchronous, and is waited for', async () => {
    const order: string[] = []
    net.module('fc1').registerForwardHook(async () => {
      await sleep(20)
      order.push('fc1')
    })
    net.module('fc2').registerForwardHook(() => void order.push('fc2'))
    await logit()
    expect(order).toEqual(['fc1', 'fc2'])
  })

  it('that throws ends the pass with its own words, and the next pass is whole', async () => {
    const before = await logit()
    const cause = new Error('no such channel')
    const handle = net.module('fc2').registerForwardHook(() => {
      throw cause
    })
    const error = await failure(net.forward(X))
    expect([error.code, error.message]).toEqual(['hook-failed', 'The forward hook on "fc2" threw: no such channel.'])
    expect(error.cause).toBe(cause)
    handle.remove()
    expect(await logit()).toBe(before)
  })

  it('that never settles is given up after the time that load() set', async () => {
    net.value('act').registerHook(() => new Promise<undefined>(() => {}))
    const run = await net.forward(X)
    const error = await failure(run.backward())
    expect([error.code, error.message]).toEqual([
      'hook-failed',
      'The hook on the gradient of "act" has not answered for 0.05 s. Make it settle, or allow more with hookTimeout.',
    ])
    expect((await failure(run.gradient('x'))).message).toContain('no gradient before backward()')
    run.dispose()
  })

  it.each([
    [
      'another shape',
      { dims: [3], data: new Float32Array(3) },
      /returned \[3\] with 3 values in the place of \[1, 3\]/,
    ],
    ['too few values', { dims: [1, 3], data: new Float32Array(2) }, /returned \[1, 3\] with 2 values/],
    ['a plain list', [1, 2, 3] as unknown as Tensor, /must return tensors \{ dims, data \}/],
    ['doubles', { dims: [1, 3], data: new Float64Array(3) } as unknown as Tensor, /with a Float32Array/],
  ])('that returns %s is told so', async (_, answer, sentence) => {
    net.module('fc1').registerForwardHook(() => answer)
    const error = await failure(net.forward(X))
    expect(error.code).toBe('hook-failed')
    expect(error.message).toMatch(sentence)
  })

  it('that stands before a module, or backward, may return one bare tensor', async () => {
    const double = ({ dims, data }: Tensor): Tensor => ({ dims, data: data.map(value => 2 * value) })
    const gradient = async (): Promise<number[]> => {
      const run = await net.forward(X)
      await run.backward({ class: 0 })
      return [...(await run.gradient('x')).data]
    }
    const [before, plain] = [await logit(), await gradient()]
    const listed = net.module('fc1').registerForwardPreHook((_, [input]) => (input ? [double(input)] : undefined))
    const inList = await logit()
    listed.remove()
    const bare = net.module('fc1').registerForwardPreHook((_, [input]) => input && double(input))
    expect(await logit()).toBe(inList)
    expect(inList).not.toBe(before)
    bare.remove()
    net.module('fc1').registerFullBackwardHook((_, [gradInput]) => gradInput && double(gradInput))
    expect(await gradient()).toEqual(plain.map(value => 2 * value))
  })

  it('that keeps a gradient with push, which returns a number, is told so with what to write', async () => {
    const kept: Tensor[] = []
    // @ts-expect-error an arrow without braces returns what push returns
    net.value('act').registerHook(grad => kept.push(grad))
    const run = await net.forward(X)
    const error = await failure(run.backward())
    expect([error.code, error.message]).toEqual([
      'hook-failed',
      'The hook on the gradient of "act" returned a number: it must return tensors { dims, data } with a Float32Array, or nothing. An arrow function without braces returns the value of its expression.',
    ])
    run.dispose()
  })

  it('that returns too many tensors is told so', async () => {
    net.module('fc1').registerForwardPreHook((_, input) => [...input, ...input])
    expect((await failure(net.forward(X))).message).toBe(
      'The forward pre-hook on "fc1" must return 1 tensor, or nothing.',
    )
  })

  it('that returns NaN passes, or is told so where that was asked for', async () => {
    net.module('fc1').registerForwardHook((_, __, output) => filled(output, Number.NaN))
    expect(await logit()).toBeNaN()
    const strict = await load(tower(), { checkFinite: true })
    strict.module('fc1').registerForwardHook((_, __, output) => filled(output, Number.NaN))
    expect((await failure(strict.forward(X))).message).toBe('The forward hook on "fc1" returned NaN at place 0.')
    await strict.dispose()
  })

  it('that is registered while the network runs waits for the next pass', async () => {
    const seen: string[] = []
    net.module('fc1').registerForwardHook(() => {
      if (handles.length === 0)
        handles = ['fc1', 'fc2'].map(path => net.module(path).registerForwardHook(() => void seen.push(path)))
    })
    await logit()
    expect(seen).toEqual([])
    await logit()
    expect(seen).toEqual(['fc1', 'fc2'])
  })

  it('that an earlier one removes is not called; one may remove itself', async () => {
    const seen: string[] = []
    handles = [
      net.module('fc1').registerForwardHook(() => {
        seen.push('first')
        for (const handle of handles) handle.remove()
      }),
      net.module('fc1').registerForwardHook(() => void seen.push('second')),
      net.module('fc2').registerForwardHook(() => void seen.push('third')),
    ]
    await logit()
    await logit()
    expect(seen).toEqual(['first'])
  })

  it('that is removed twice is removed once', async () => {
    const [first] = [0, 1].map(() => net.module('fc1').registerForwardHook((_, __, output) => filled(output, 1)))
    const changed = await logit()
    first?.remove()
    first?.remove()
    expect(await logit()).toBe(changed)
  })

  it('that changes some times only is followed each time', async () => {
    const plain = await logit()
    const outputs: (number | undefined)[] = []
    let calls = 0
    net.module('fc1').registerForwardHook((_, __, output) => (calls++ % 2 === 0 ? filled(output, 1) : undefined))
    for (let round = 0; round < 4; round++) outputs.push(await logit())
    // fc1 of ones: fc2 gives 2, 1, 2; the logit is 2·1 + 1·2 + 2·3.
    expect(outputs).toEqual([10, plain, 10, plain])
    expect(calls).toBe(4)
  })

  it('before which a value is changed calls those before it no second time', async () => {
    const seen: string[] = []
    for (const path of ['fc1', 'act', 'fc2', 'last', 'fc3'])
      net.module(path).registerForwardHook((_, __, output) => {
        seen.push(path)
        return path === 'act' || path === 'last' ? filled(output, 1) : undefined
      })
    await logit()
    expect(seen).toEqual(['fc1', 'act', 'fc2', 'last', 'fc3'])
  })

  it('on the whole network sees its input and output', async () => {
    const seen: number[][] = []
    net
      .module('')
      .registerForwardHook((_, [input], output) => void seen.push([...(input?.data ?? [])], [...output.data]))
    expect(await logit()).toBe(seen[1]?.[0])
    expect(seen[0]).toEqual([1, -2, 3])
  })

  it('may run the network itself', async () => {
    const inner: number[] = []
    const handle = net.module('fc1').registerForwardHook(async () => {
      handle.remove()
      inner.push((await logit()) ?? Number.NaN)
    })
    expect(await logit()).toBe(inner[0])
  })

  it('a module hook of after the forward pass waits for the next; one on a value need not', async () => {
    const run = await net.forward(X)
    const seen: string[] = []
    net.module('act').registerFullBackwardHook(() => void seen.push('module'))
    net.value('act').registerHook(() => void seen.push('value'))
    await run.backward()
    run.dispose()
    expect(seen).toEqual(['value'])
  })
})

describe('a run', () => {
  it('goes back for one class after another, and for several at once', async () => {
    const g = new GraphBuilder()
    const net = await load(
      g.output(g.linear('fc', g.input('x', [1, 2]), { weight: { dims: [3, 2], data: [1, 2, 3, 4, 5, 6] } })),
    )
    const run = await net.forward({ image: Float32Array.of(1, 1) })
    const gradient = async (target: Parameters<typeof run.backward>[0]) => {
      await run.backward(target)
      return [...(await run.gradient('x')).data]
    }
    expect(await gradient({ class: 0 })).toEqual([1, 2])
    expect(await gradient({ class: 2 })).toEqual([5, 6])
    expect(await gradient({ class: [0, 2] })).toEqual([6, 8])
    expect(await gradient({ seed: { dims: [1, 3], data: Float32Array.of(0, -1, 0.5) } })).toEqual([-0.5, -1])
    expect((await failure(run.backward({ class: 3 }))).message).toBe('There is no class 3: the network has 0 to 2.')
    expect((await failure(run.backward())).message).toMatch(/^Of 3 logits, say which/)
    expect((await failure(run.backward({ seed: { dims: [3], data: new Float32Array(3) } }))).code).toBe('bad-argument')
    run.dispose()
    expect((await failure(run.gradient('x'))).message).toContain('disposed')
    await net.dispose()
  })

  it('without gradients keeps less, and works them out when they are asked for all the same', async () => {
    const net = await load(tower())
    const [kept, bare] = [await net.forward(X), await net.forward(X, { gradients: false })]
    for (const run of [kept, bare]) await run.backward()
    expect((await bare.gradient('x')).data).toEqual((await kept.gradient('x')).data)
    await net.dispose()
  })

  it.each([
    [{ x: new Float32Array(4) }, 'The input "x" is [1, 3]; it was given [1, 3] with 4 values.'],
    [{ x: { dims: [3], data: new Float32Array(3) } }, 'The input "x" is [1, 3]; it was given [3] with 3 values.'],
    [{}, 'The input "x" [1, 3] is missing.'],
    [{ x: new Float32Array(3), y: new Float32Array(3) }, 'The network has no input "y": it takes "x".'],
  ])('of inputs that do not fit is refused (%#)', async (inputs, sentence) => {
    const net = await load(tower())
    expect((await failure(net.forward(inputs as typeof X))).message).toBe(sentence)
  })
})

describe('names', () => {
  let net: Net
  beforeAll(async () => {
    net = await load(modelBytes('resnet18'))
  })

  it('the module tree has PyTorch’s paths', () => {
    const tree = net.modules()
    expect(tree.children.map(({ name }) => name)).toEqual([
      'conv1',
      'relu',
      'maxpool',
      'layer1',
      'layer2',
      'layer3',
      'layer4',
      'avgpool',
      'fc',
    ])
    const layer4 = tree.children.find(({ path }) => path === 'layer4')
    expect(layer4?.output).toEqual([1, 512, 7, 7])
    expect(layer4?.inputs).toEqual([[1, 256, 14, 14]])
    expect(layer4?.children.map(({ path }) => path)).toEqual(['layer4.0', 'layer4.1'])
    expect(layer4?.children[1]?.children.find(({ name }) => name === 'relu')).toMatchObject({ calls: 2, ops: ['Relu'] })
  })

  it.each([
    ['layer1.0.bn1', 'layer1.0.conv1'],
    ['layer2.0.downsample.1', 'layer2.0.downsample.0'],
    ['bn1', 'conv1'],
  ])('%s was folded away: the error says that %s holds it', async (path, holder) => {
    const error = await failure(() => net.module(path))
    expect(error.code).toBe('unknown-layer')
    expect(error.message).toContain(
      `The module "${path}" is not in the file: exporters fold BatchNorm into the layer before it`,
    )
    expect(error.message).toContain(`${holder} holds it now.`)
  })

  it('what was never there is an error that names what is near', async () => {
    expect((await failure(() => net.module('layer4.7'))).message).toMatch(/no module "layer4\.7"\. Near it: layer4\.0/)
    expect((await failure(() => net.value('nothing'))).message).toMatch(/no value "nothing"/)
    expect((await failure(() => net.parameter('conv1.scale'))).message).toMatch(/Near it: conv1\.weight, conv1\.bias/)
  })

  it('parameters that the file computes from constants have them too', () => {
    expect(net.parameters()).toContain('layer4.1.conv2.weight')
    expect(net.parameters()).toContain('fc.bias')
    expect(net.parameters()).toHaveLength(42)
  })

  it('a module that is called twice is hooked at each call, in order, or at one of them', async () => {
    const seen: string[] = []
    const note = (name: string) => (module: { path: string; call: number }) =>
      void seen.push(`${name} ${module.path}:${module.call}`)
    net.module('layer1.0.relu').registerForwardHook(note('each'))
    net.module('layer1.0.relu:1').registerForwardHook(note('one'))
    net.module('layer1.0.relu').registerFullBackwardHook(note('back'))
    const run = await net.forward({ image: new Float32Array(3 * 224 * 224) })
    await run.backward({ class: 3 })
    run.dispose()
    expect(seen).toEqual([
      'each layer1.0.relu:0',
      'each layer1.0.relu:1',
      'one layer1.0.relu:1',
      'back layer1.0.relu:1',
      'back layer1.0.relu:0',
    ])
    await net.dispose()
  })
})

it('however many hooks change something, a forward pass compiles one session', async () => {
  const net = await load(tower())
  const scaled = ({ dims, data }: Tensor): Tensor => ({ dims, data: data.map(value => 2 * value) })
  for (const path of ['fc1', 'act', 'fc2', 'last']) net.module(path).registerForwardHook((_, __, y) => scaled(y))
  for (let pass = 0; pass < 2; pass++) {
    const run = await net.forward(X)
    // fc1 gives [4, 1, −2], which become [16, 4, 0]; fc2 then [16, 4, −8], which become [64, 16, 0]; fc3 counts 1, 2, 3
    expect([...run.logits.data]).toEqual([96])
    run.dispose()
    expect(net.sessions).toBe(1)
  }
  await net.dispose()
})

it('a thousand rounds of register, run and remove leave sessions and memory where they were', async () => {
  const net = await load(tower())
  const round = async (i: number) => {
    const factor = i % 7
    const paths = ['fc1', 'act', 'fc2', 'last', 'fc3']
    const path = paths[i % paths.length] ?? ''
    const handles = [
      net.module(path).registerForwardHook((_, __, output) => (i % 3 === 0 ? filled(output, factor) : undefined)),
      net.module(path).registerFullBackwardHook((_, gradInput) => (i % 2 === 0 ? gradInput : undefined)),
      net.value('x').registerHook(() => undefined),
    ]
    const run = await net.forward(X)
    await run.backward()
    for (const handle of handles) handle.remove()
    run.dispose()
  }
  for (let i = 0; i < 300; i++) await round(i)
  const before = process.memoryUsage().rss
  for (let i = 0; i < 1000; i++) await round(i)
  expect(net.sessions).toBeLessThanOrEqual(8)
  // Engine memory grows in pages of 64 KiB and the heap breathes: 64 MiB in 1,000 rounds would be a leak of 64 KiB each.
  expect(process.memoryUsage().rss - before).toBeLessThan(64 * 2 ** 20)
  await net.dispose()
  expect(net.sessions).toBe(0)
}, 120_000)

describe('backward from values inside', () => {
  const ones = (...dims: number[]): Tensor => ({
    dims,
    data: new Float32Array(dims.reduce((a, b) => a * b, 1)).fill(1),
  })
  let net: Net
  beforeAll(async () => {
    net = await load(tower())
  })
  afterAll(() => net.dispose())

  it('calls no hook that it does not reach, and gives 0 where torch has None', async () => {
    const seen: string[] = []
    const handles = ['fc1', 'fc3'].map(path =>
      net.module(path).registerFullBackwardHook(module => void seen.push(module.path)),
    )
    const run = await net.forward(X)
    await run.backward({ seeds: { act: ones(1, 3) } })
    expect(seen).toEqual(['fc1'])
    // act = relu([4, 1, -2]): the sum of its first two rows of weights
    expect([...(await run.gradient('x')).data]).toEqual([1, 1, 1])
    expect([...(await run.gradient('fc3.weight')).data]).toEqual([0, 0, 0])
    for (const handle of handles) handle.remove()
    run.dispose()
  })

  it('says what is wrong with a seed', async () => {
    const run = await net.forward(X)
    const said = async (seeds: Record<string, Tensor>) => {
      const { code, message } = await failure(run.backward({ seeds }))
      return [code, message]
    }
    expect(await said({})).toEqual([
      'bad-argument',
      'backward({ seeds: {} }) names no value. Give one or more, each a gradient.',
    ])
    expect(await said({ act: ones(3) })).toEqual([
      'bad-argument',
      'The seed at "act" is [3] with 3 values where the value is [1, 3].',
    ])
    expect((await said({ relu: ones(1) }))[0]).toBe('unknown-layer')
    run.dispose()
  })

  it('retainGrad works a gradient out on the way: gradient() runs nothing more, and finds it after all hooks', async () => {
    const gradient = async () => {
      const run = await net.forward(X)
      await run.backward({ class: 0 })
      const before = net.sessions
      const { data } = await run.gradient('act')
      run.dispose()
      return { data: [...data], ran: net.sessions - before }
    }
    const plain = await gradient()
    expect(plain.ran).toBe(1)
    const handles = [
      net.value('act').retainGrad(),
      net.value('act').registerHook(({ dims, data }) => ({ dims, data: data.map(value => 2 * value) })),
    ]
    expect(await gradient()).toEqual({ data: plain.data.map(value => 2 * value), ran: 0 })
    for (const handle of handles) handle.remove()
  })
})
