import { readNetwork } from '../../analysis/analyze'
import { explain } from '../../engine/explain'
import { Network } from '../../engine/network'
import { createRuntime } from '../../engine/ort'
import type { LoadOptions, Tensor } from '../../hookscope'
import type { Pixels, Preprocessing } from '../../image/types'
import type { Shown } from '../protocol'

type Ort = NonNullable<LoadOptions['ort']>

/** A network of the catalog with a sample picture, as its host reads them. */
export interface ShippedFiles {
  readonly file: Uint8Array
  readonly labels: readonly string[]
  /** [3, H, W], normalised. */
  readonly input: Float32Array
  readonly preprocessing: Preprocessing
}

/** The surroundings of the code: a worker, or a test. */
export interface Host {
  readonly ort: Ort
  read(id: string): Promise<ShippedFiles>
  progress(doing: string): void
  shown(shown: Shown): void
  /** How many things the code showed for which there is no room. */
  more(count: number): void
}

/** A shipped network as code gets it. */
export interface Shipped {
  /** The ONNX file. */
  readonly file: Uint8Array
  /** A sample picture, [1, 3, H, W], resized and normalised for this network. */
  readonly image: Tensor
  /** The same as pixels, to be drawn. */
  readonly picture: Pixels
  /** Names of the classes, by index. */
  readonly labels: readonly string[]
  /** The raw map [H, W] or gradient [C, H, W] that the rest of this page would draw. */
  explain(method: string, layer: string, target: number): Promise<Tensor>
}

export async function shipped(id: string, host: Host): Promise<Shipped> {
  const { file, labels, input, preprocessing } = await host.read(id)
  const [height, width] = preprocessing.size
  return {
    file,
    labels,
    image: { dims: [1, 3, height, width], data: input },
    picture: denormalized(input, preprocessing),
    explain: async (method, layer, target) => {
      const network = await Network.create(readNetwork(file), createRuntime(host.ort, 'wasm'))
      const run = await network.forward(input)
      const asked = { method, layer, target: { class: target } }
      const found = await explain(run, asked, { channels: preprocessing.channels })
      run.dispose()
      await network.dispose()
      if (found.kind === 'map') return { dims: [found.map.height, found.map.width], data: found.map.values }
      const { height, width, values } = found.gradient
      return { dims: [values.length / (height * width), height, width], data: values }
    },
  }
}

/** Back to 0..255, as the network saw it. */
function denormalized(input: Float32Array, { size: [height, width], mean, std, range }: Preprocessing): Pixels {
  const data = new Uint8ClampedArray(width * height * 3)
  const pixels = width * height
  for (const c of [0, 1, 2] as const)
    for (let i = 0; i < pixels; i++)
      data[3 * i + c] = (((input[c * pixels + i] ?? 0) * (std[c] ?? 1) + (mean[c] ?? 0)) * 255) / range
  return { width, height, channels: 3, data }
}
