import { findHookPoint } from '../../src/analysis/analyze'
import { METHODS } from '../../src/attribution/methods'
import { explain } from '../../src/engine/explain'
import { fromPixels, toInput } from '../../src/image/transform'
import { openModel } from '../support/engine'
import { goldenPixels, PREPROCESSING } from '../support/golden'
import { median } from './median'

/** Every method's time in forward passes, at its default layer: `node tests/run.mjs tests/bench/methods.ts resnet18`. */

const id = process.argv[2] ?? 'resnet18'
const preprocessing = PREPROCESSING[id]
if (!preprocessing) throw new Error(`no preprocessing for ${id}`)
const network = await openModel(id)
const { input } = await toInput(fromPixels(await goldenPixels('chelsea.png')), preprocessing, 'crop')
const forward = await median(async () => (await network.forward(input)).dispose())
const { layer } = network.layout
const point = findHookPoint(network.analyzed, layer)

console.log(`${id}, ${layer} with ${point.channels.count} channels; forward ${forward.toFixed(1)} ms`)
for (const method of METHODS) {
  if (!method.available(network.layout, point).ok) continue
  const run = await network.forward(input)
  const start = performance.now()
  await explain(run, { method: method.id, layer, target: { class: 1 } }, preprocessing)
  const first = performance.now() - start
  console.log(`  ${method.label.padEnd(24)}${(first / forward).toFixed(3)} × forward (costs ${method.cost})`)
  run.dispose()
}
// the engine's threads would keep the process alive
process.exit()
