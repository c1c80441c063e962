import { readFileSync } from 'node:fs'
import { expect, it, vi } from 'vitest'
import type { ActivationName } from '../../src/analysis/activation'
import { toAnswer } from '../../src/ui/model/answer'
import { samplePictures } from '../../src/ui/model/pictures'
import { resultJson } from '../../src/ui/store/result'
import { commandLine, fetchShipped, quiet, session } from '../cases/ways'

vi.stubGlobal('fetch', fetchShipped)

const MODEL = 'models/resnet18.onnx'
const PICTURE = 'public/samples/chelsea.png'
const blob = (file: string) => new Blob([new Uint8Array(readFileSync(file))])

interface Asked {
  readonly method: string
  readonly layer: string
  readonly target: { readonly class: number } | { readonly class: number; readonly against: number }
  readonly activation?: ActivationName
}

/** As the page saves it. */
async function saveByPage({ activation, ...question }: Asked) {
  const page = session()
  const file = blob(MODEL)
  const { setup } = await page.inspect({ file, beside: [], output: null, activation }, quiet)
  const own = { id: 'own', name: 'own', file, beside: [], setup: { ...setup, resize: 'crop' as const } }
  const network = await page.open({ model: 'own', engine: 'wasm', base: '', own }, quiet)
  const seen = { picture: blob(PICTURE), resize: 'crop' } as const
  const sight = await page.look(seen, quiet)
  const { value } = await page.explain(question, quiet)
  const [picture] = samplePictures('')
  const wanted = { model: 'own', engine: 'wasm', picture, resize: 'crop' } as const
  const at = { ...wanted, ...seen, interventions: [] }
  return resultJson({ wanted, at, network, sight, plain: toAnswer(sight), changed: null }, value)
}

/** As the command line prints it. */
async function printByCommandLine({ method, layer, target, activation }: Asked) {
  const asked = ['--method', method, '--layer', layer, '--class', String(target.class)]
  const against = 'against' in target ? ['--against', String(target.against)] : []
  const further = activation ? ['--activation', activation] : []
  const args = ['explain', PICTURE, '--model', MODEL, '--resize', 'crop', '--raw', ...asked, ...against, ...further]
  return JSON.parse((await commandLine(args)).printed.at(-1) ?? '{}')
}

it.each<readonly [string, Asked]>([
  ['a map', { method: 'gradcam', layer: 'layer4', target: { class: 2 } }],
  ['a map of one class against another', { method: 'gradcam', layer: 'layer3', target: { class: 2, against: 5 } }],
  ['a gradient that acts at ReLUs', { method: 'guided', layer: 'input', target: { class: 2 } }],
  ['a gradient with a layer of its own', { method: 'guided-gradcam', layer: 'layer4', target: { class: 2 } }],
  ['numbers that are no probabilities', { method: 'cam', layer: 'layer4', target: { class: 2 }, activation: 'none' }],
])('%s is saved by the page as the command line prints it, to the digit', async (_, asked) => {
  const page = JSON.parse(JSON.stringify(await saveByPage(asked)))
  const line = await printByCommandLine(asked)
  // A page names pictures and networks; a command line has their paths, and tells the input besides.
  const [{ picture: name, ...saved }] = page.results
  const [{ picture: path, input, ...printed }] = line.results
  expect([name, path]).toEqual(['chelsea.png', PICTURE])
  expect(input.shape).toEqual([1, 3, 224, 224])
  expect(saved).toEqual(printed)
  expect(saved.maps[0].values.length).toBe(saved.maps[0].shape.reduce((a: number, b: number) => a * b))
  expect(page.engine).toBe(line.engine)
})
