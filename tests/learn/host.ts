import { readFileSync } from 'node:fs'
import * as ort from 'onnxruntime-web'
import sharp from 'sharp'
import { findShippedNetwork } from '../../src/catalog/catalog'
import { fromPixels, toInput } from '../../src/image/transform'
import type { Outcome, Shown } from '../../src/learn/protocol'
import { runCode } from '../../src/learn/run/run'
import type { ShippedFiles } from '../../src/learn/run/shipped'
import { modelBytes } from '../support/golden'

ort.env.logLevel = 'error'
ort.env.wasm.numThreads = 2

const root = new URL('../../', import.meta.url)

/** What the page's worker fetches, from disk. */
async function read(id: string): Promise<ShippedFiles> {
  const { input: preprocessing, resize } = findShippedNetwork(id)
  const sample = new URL('public/samples/chelsea.png', root).pathname
  const { data, info } = await sharp(sample).removeAlpha().raw().toBuffer({ resolveWithObject: true })
  const pixels = fromPixels({ width: info.width, height: info.height, channels: 3, data })
  const { input } = await toInput(pixels, preprocessing, resize)
  const labels: string[] = JSON.parse(readFileSync(new URL('models/caltech-101.json', root), 'utf8'))
  return { file: modelBytes(id), labels, input, preprocessing }
}

export interface Ran extends Outcome {
  readonly shown: readonly Shown[]
  readonly more: number
  /** What stands behind a label. */
  text(label: string): string | undefined
}

/** Runs code as the page's worker does. */
export async function run(code: string, off: readonly number[] = []): Promise<Ran> {
  const shown: Shown[] = []
  let more = 0
  const outcome = await runCode(
    { code, off },
    {
      ort,
      read,
      progress: () => {},
      shown: one => shown.push(one),
      more: count => {
        more = count
      },
    },
  )
  const text = (label: string) => shown.flatMap(one => (one.kind === 'text' && one.label === label ? one.text : []))[0]
  return { ...outcome, shown, more, text }
}
