import * as ort from 'onnxruntime-web'
import { readNetwork } from '../../src/analysis/analyze'
import { explainStages } from '../../src/engine/explain'
import { Network } from '../../src/engine/network'
import { sizeOf } from '../../src/graph/tensors'
import { fromPixels, toInput } from '../../src/image/transform'
import { runtime } from '../support/engine'
import { gradientOf, mapOf } from '../support/explain'
import { goldenPixels, modelBytes, PREPROCESSING } from '../support/golden'
import { median, ROUNDS } from './median'
import { peakMegabytes, wasmMegabytes } from './memory'

/** Times and memory of one network, in a process of its own: `node tests/run.mjs tests/bench/network.ts resnet18`. */

const id = process.argv[2] ?? 'resnet18'
const preprocessing = PREPROCESSING[id]
if (!preprocessing) throw new Error(`no preprocessing for ${id}`)
const bytes = modelBytes(id)
const { input } = await toInput(fromPixels(await goldenPixels('chelsea.png')), preprocessing, 'crop')

const analyzed = readNetwork(bytes)
const { graphIndex, shapes, layout } = analyzed
const grown = [...graphIndex.nodes]
  .filter(node => !graphIndex.parameters.has(node.outputs[0] ?? ''))
  .flatMap(node => node.inputs)
const weights = [...new Set(grown)].filter(name => graphIndex.parameters.has(name))
const weightMegabytes = weights.reduce((sum, name) => sum + sizeOf(shapes.get(name)?.dims ?? []) * 4, 0) / 1e6

const before = peakMegabytes()
const start = performance.now()
const network = await Network.create(analyzed, runtime)
const compile = performance.now() - start
const loading = peakMegabytes() - before
const run = await network.forward(input)
const strip = (index: number) => explainStages(run, { class: index }, { channels: 'rgb' }, () => undefined)
await strip(0)
const memory = wasmMegabytes()

const forward = await median(async () => (await network.forward(input)).dispose())
const stages = layout.stages
const layers = [layout.layer, stages[stages.length >> 1] ?? layout.layer, stages[0] ?? layout.layer]
const lines: [string, number][] = []
// every round another class, so that no gradient is there already
for (const layer of layers)
  lines.push([`Grad-CAM at ${layer}`, await median(round => mapOf(run, 'gradcam', layer, round))])
if (layout.cam.ok) lines.push(['CAM', await median(round => mapOf(run, 'cam', layout.layer, round))])
lines.push(['class switch', await median(round => mapOf(run, 'gradcam', layout.layer, round))])
lines.push(['strip of all stages', await median(strip)])
for (const kind of ['saliency', 'guided', 'deconvnet'] as const)
  lines.push([`input gradient: ${kind}`, await median(round => gradientOf(run, kind, round))])
run.dispose()

const plain = await ort.InferenceSession.create(bytes, { executionProviders: ['wasm'] })
const image = new ort.Tensor('float32', input, layout.input.shape)
const alone = await median(() => plain.run({ [layout.input.name]: image }))
const both = wasmMegabytes()

const row = (name: string, value: string) => console.log(`  ${name.padEnd(34)}${value}`)
console.log(`${id} (WASM, ${ort.env.wasm.numThreads} threads, median of ${ROUNDS})`)
row('weights, grown to float32', `${weightMegabytes.toFixed(0)} MB`)
row('process, peak while loading', `+${loading.toFixed(0)} MB`)
row('WASM memory, all programs', `${memory.toFixed(0)} MB`)
row('WASM memory, plus a plain session', `${both.toFixed(0)} MB`)
row('compile', `${compile.toFixed(0)} ms`)
row('forward', `${forward.toFixed(1)} ms`)
row('onnxruntime-web alone, same file', `${(alone / forward).toFixed(2)} × forward`)
for (const [name, time] of lines) row(name, `${(time / forward).toFixed(3)} × forward`)
// the engine's threads would keep the process alive
process.exit()
