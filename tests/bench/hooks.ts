import * as ort from 'onnxruntime-web'
import { load, type Net, type RemovableHandle } from '../../src/hookscope'
import { fromPixels, toInput } from '../../src/image/transform'
import { openModel } from '../support/engine'
import { gradientOf } from '../support/explain'
import { goldenPixels, modelBytes, PREPROCESSING } from '../support/golden'
import { median, ROUNDS } from './median'

/** What hooks cost beside a plain forward pass: `node tests/run.mjs tests/bench/hooks.ts resnet18`. */

const id = process.argv[2] ?? 'resnet18'
const preprocessing = PREPROCESSING[id]
if (!preprocessing) throw new Error(`no preprocessing for ${id}`)
const bytes = modelBytes(id)
const { input } = await toInput(fromPixels(await goldenPixels('chelsea.png')), preprocessing, 'crop')
const { analyzed, layout } = await openModel(id).then(async network => {
  await network.dispose()
  return network
})
const dims = layout.input.shape

const plain = await ort.InferenceSession.create(bytes, { executionProviders: ['wasm'] })
const image = new ort.Tensor('float32', input, dims)
const alone = await median(() => plain.run({ [layout.input.name]: image }))
await plain.release()

async function forward(register: (net: Net) => RemovableHandle[], gradients = false): Promise<number> {
  const net = await load(bytes, { ort })
  register(net)
  const feeds = { image: { dims, data: input } }
  const time = await median(async () => (await net.forward(feeds, { gradients })).dispose())
  await net.dispose()
  return time
}

async function backward(register: (net: Net) => RemovableHandle[]): Promise<number> {
  const net = await load(bytes, { ort })
  register(net)
  const run = await net.forward({ image: { dims, data: input } })
  const time = await median(async round => {
    await run.backward({ class: round })
    await run.gradient(layout.input.name)
  })
  run.dispose()
  await net.dispose()
  return time
}

const stages = layout.stages
const middle = stages[stages.length >> 1] ?? layout.layer
const last = layout.layer
const every = [...new Set(analyzed.layout.hookPoints.map(({ path }) => path))].filter(path => !/[A-Z]/.test(path))
const read = (paths: readonly string[]) => (net: Net) =>
  paths.map(path => net.module(path).registerForwardHook(() => undefined))
const lines: [string, number][] = [
  ['no hook', await forward(() => [])],
  ['values for a gradient saved', await forward(() => [], true)],
  [`reading hook on ${last}`, await forward(read([last]))],
  [`reading hooks on ${every.length} modules`, await forward(read(every))],
  [
    `changing hook on ${middle}`,
    await forward(net => [net.module(middle).registerForwardHook((_, __, output) => output)]),
  ],
  ['gradient at the input', await backward(() => [])],
  [
    `the same, reading hook on ${middle}`,
    await backward(net => [net.module(middle).registerFullBackwardHook(() => undefined)]),
  ],
  [
    `the same, changing hook on ${middle}`,
    await backward(net => [net.module(middle).registerFullBackwardHook((_, gradInput) => gradInput)]),
  ],
]
const network = await openModel(id)
const run = await network.forward(input)
lines.push(['guided backpropagation', await median(round => gradientOf(run, 'guided', round))])
run.dispose()

/** A hook that changes something on every module: the first pass compiles. */
async function changing(): Promise<[first: number, second: number]> {
  const net = await load(bytes, { ort })
  for (const path of every)
    net.module(path).registerForwardHook((_, __, { dims, data }) => ({ dims, data: data.slice() }))
  const times: number[] = []
  for (let pass = 0; pass < 2; pass++) {
    const start = performance.now()
    ;(await net.forward({ image: { dims, data: input } })).dispose()
    times.push(performance.now() - start)
  }
  await net.dispose()
  return [times[0] ?? Number.NaN, times[1] ?? Number.NaN]
}
const [first, second] = await changing()
lines.push([`changing hooks on ${every.length} modules, first pass`, first], ['the same, second pass', second])

const row = (name: string, value: string) => console.log(`  ${name.padEnd(44)}${value}`)
console.log(`hooks on ${id} (WASM, ${ort.env.wasm.numThreads} threads, median of ${ROUNDS})`)
row('onnxruntime-web alone', `${alone.toFixed(1)} ms`)
for (const [name, time] of lines) row(name, `${(time / alone).toFixed(2)} × onnxruntime-web alone`)
// the engine's threads would keep the process alive
process.exit()
