import { readFileSync } from 'node:fs'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { add, load, mul, type Net, type RemovableHandle, type Run, type Tensor } from '../../src/hookscope'

interface Listed {
  readonly dims: readonly number[]
  readonly data: readonly number[]
}
type Seen = readonly [path: string, inputs: readonly Listed[], output: Listed]
type SeenHere = readonly [path: string, inputs: readonly Tensor[], output: Tensor]
interface Case {
  readonly logits: Listed
  readonly forward: readonly Seen[]
  readonly backward: readonly Seen[]
  readonly gradients: Readonly<Record<string, Listed>>
}

const folder = new URL('reference/', import.meta.url)
const values: { readonly x: Listed } & Readonly<Record<string, Case>> = JSON.parse(
  readFileSync(new URL('values.json', folder), 'utf8'),
)
const image = { dims: values.x.dims, data: Float32Array.from(values.x.data) }

/** Both sides compute in float32 and sum in orders of their own: 1e-5 of the largest value. */
function expectEqual(actual: Tensor | undefined, truth: Listed, name: string): void {
  expect(actual?.dims, name).toEqual(truth.dims)
  const largest = Math.max(...truth.data.map(Math.abs), 1e-6)
  const worst = Math.max(...truth.data.map((value, i) => Math.abs(value - (actual?.data[i] ?? Number.NaN))))
  expect(worst / largest, name).toBeLessThan(1e-5)
}

const map = ({ dims, data }: Tensor, change: (value: number) => number, backward?: Tensor['backward']): Tensor => ({
  dims,
  data: data.map(change),
  ...(backward ? { backward } : {}),
})
const scaled = (tensor: Tensor, factor: number): Tensor =>
  map(
    tensor,
    value => value * factor,
    grad => map(grad, value => value * factor),
  )
const positive = (grad: Tensor): Tensor => map(grad, value => Math.max(0, value))
const first = (tensors: readonly Tensor[]): Tensor => {
  const [tensor] = tensors
  if (!tensor) throw new Error('no tensor')
  return tensor
}

/** What make.py does with PyTorch's hooks; a change says how its gradient goes back, as autograd knows there. */
const CASES: Readonly<Record<string, (net: Net) => RemovableHandle[]>> = {
  reading: () => [],
  forward_change: net => [net.module('block').registerForwardHook((_, __, output) => scaled(output, 2))],
  pre_change: net => [
    net.module('block').registerForwardPreHook((_, input) => {
      const from = first(input)
      const back = (grad: Tensor) => ({ ...grad, data: grad.data.map((g, i) => ((from.data[i] ?? 0) <= 0.5 ? g : 0)) })
      return [map(from, value => Math.min(value, 0.5), back)]
    }),
  ],
  in_order: net => [
    net.module('stem').registerForwardHook((_, __, output) => map(output, value => value + 1)),
    net.module('stem').registerForwardHook((_, __, output) => scaled(output, 2)),
  ],
  every_call: net => [net.module('block.relu').registerForwardHook((_, __, output) => scaled(output, 0.5))],
  backward_change: net => [
    net.module('block.conv2').registerFullBackwardHook((_, gradInput) => [scaled(first(gradInput), -1)]),
    net.module('block').registerFullBackwardHook((_, gradInput) => [scaled(first(gradInput), 3)]),
  ],
  two_inputs: net => [
    net
      .module('merge')
      .registerFullBackwardHook((_, gradInput) => gradInput.map((grad, i) => scaled(grad, i === 0 ? 2 : -1))),
    net.module('gate').registerFullBackwardHook((_, gradInput) => gradInput.map(positive)),
  ],
  tensor_change: net => [
    net.value('pool').registerHook(positive),
    net.parameter('stem.0.weight').registerHook(grad => scaled(grad, 10)),
  ],
  both_ways: net => [
    net.module('stem').registerForwardHook((_, __, output) => scaled(output, 2)),
    net.module('block.relu').registerFullBackwardHook((_, gradInput) => gradInput.map(positive)),
  ],
  pre_backward: net => [
    net.module('block').registerFullBackwardPreHook((_, [gradOutput]) => gradOutput && mul(gradOutput, 2)),
    net.module('block').registerFullBackwardPreHook((_, gradOutput) => gradOutput.map(positive)),
    net.module('block.relu').registerFullBackwardPreHook((_, gradOutput) => [scaled(first(gradOutput), -3)]),
    net
      .module('block')
      .registerFullBackwardHook((_, gradInput, gradOutput) => add(first(gradInput), first(gradOutput))),
  ],
  pre_backward_reads: net => [
    net.module('pool').registerFullBackwardPreHook(() => {}),
    net.module('pool').registerForwardHook((_, __, output) => mul(output, 2)),
    net.module('pool').registerFullBackwardPreHook((_, gradOutput) => mul(first(gradOutput), first(gradOutput))),
  ],
  from_activation: () => [],
  from_several: () => [],
  several_changed: net => [
    net.module('block').registerFullBackwardPreHook((_, gradOutput) => mul(first(gradOutput), 2)),
    net.module('stem').registerFullBackwardHook((_, gradInput) => mul(first(gradInput), -1)),
    net.parameter('stem.0.weight').registerHook(grad => mul(grad, 10)),
    net.module('stem').registerForwardHook((_, __, output) => mul(output, 2)),
  ],
}

/** sin(step · i), as make.py has it. */
async function seeds(run: Run, steps: Readonly<Record<string, number>>): Promise<Record<string, Tensor>> {
  const seed = async ([name, step]: readonly [string, number]) => {
    const { dims, data } = await run.value(name)
    return [name, { dims, data: data.map((_, i) => Math.sin(i * step)) }] as const
  }
  return Object.fromEntries(await Promise.all(Object.entries(steps).map(seed)))
}

const several = async (run: Run) => run.backward({ seeds: await seeds(run, { logits: 0.1, block: 0.2, stem: 0.3 }) })

/** Where the gradient begins: at class 2 unless it is said here. */
const STARTS: Readonly<Record<string, (run: Run) => Promise<void>>> = {
  from_activation: async run => run.backward({ seeds: await seeds(run, { block: 0.1 }) }),
  from_several: several,
  several_changed: several,
}

describe('hooks see and do what PyTorch’s do', () => {
  let net: Net
  let handles: RemovableHandle[] = []
  beforeAll(async () => {
    net = await load(readFileSync(new URL('network.onnx', folder)))
  })
  afterEach(() => {
    for (const handle of handles) handle.remove()
  })

  it('in every case that the script made', () => {
    expect(Object.keys(CASES).sort()).toEqual(
      Object.keys(values)
        .filter(name => name !== 'x')
        .sort(),
    )
  })

  describe.each(Object.keys(CASES))('%s', name => {
    const truth = values[name]
    // The second round runs programs that are cut where the first found that a hook changes something.
    it('in two rounds', async () => {
      if (!truth) throw new Error('no reference')
      const seen: { forward: SeenHere[]; backward: SeenHere[] } = { forward: [], backward: [] }
      handles = CASES[name]?.(net) ?? []
      for (const path of new Set(truth.forward.map(([path]) => path)))
        handles.push(
          net.module(path).registerForwardHook((_, input, output) => void seen.forward.push([path, input, output])),
          net
            .module(path)
            .registerFullBackwardHook((_, input, output) => void seen.backward.push([path, input, first(output)])),
        )
      for (let round = 0; round < 2; round++) {
        seen.forward = []
        seen.backward = []
        const run = await net.forward({ image })
        await (STARTS[name]?.(run) ?? run.backward({ class: 2 }))
        expectEqual(run.logits, truth.logits, 'logits')
        for (const pass of ['forward', 'backward'] as const) {
          const paths = (list: readonly { readonly 0: string }[]) => list.map(one => one[0])
          expect(paths(seen[pass]), `order of ${pass}`).toEqual(paths(truth[pass]))
          for (const path of new Set(paths(seen[pass]))) {
            const ours = seen[pass].filter(one => one[0] === path)
            const theirs = truth[pass].filter(one => one[0] === path)
            theirs.forEach(([, inputs, output], call) => {
              const where = `${pass} of ${path}, call ${call}`
              expect(ours[call]?.[1].length, where).toBe(inputs.length)
              inputs.forEach((input, i) => {
                expectEqual(ours[call]?.[1][i], input, `${where}, input ${i}`)
              })
              expectEqual(ours[call]?.[2], output, `${where}, output`)
            })
          }
        }
        for (const [parameter, gradient] of Object.entries(truth.gradients))
          expectEqual(await run.gradient(parameter), gradient, `gradient of ${parameter}`)
        run.dispose()
      }
    })
  })
})
