import { readdirSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { seeded, withWeights } from './seeded'

/** What export.py writes of one array. */
export interface Reference {
  readonly shape: readonly number[]
  readonly max: number
  readonly values?: readonly number[]
  readonly samples?: readonly (readonly [index: number, value: number])[]
}

interface ModuleCall {
  readonly shape: readonly number[]
  readonly sum: number
  readonly absSum: number
  /** Gives what it is given: Dropout, Flatten. */
  readonly passes?: boolean
  /** A BatchNorm behind this convolution, which exporters fold into it. */
  readonly folds?: string
}

/** PyTorch's values for one family. */
export interface Family {
  readonly title: string
  readonly size: number
  readonly layer: string
  readonly cam: string | null
  readonly target: number
  readonly logits: readonly number[]
  readonly inputGradient: Reference
  readonly maps: readonly {
    readonly layer: string
    readonly tap: Reference
    readonly weights: readonly number[]
    readonly map: Reference
  }[]
  readonly modules: Readonly<Record<string, readonly ModuleCall[]>>
}

const folder = (name: string) => new URL(`${name}/`, import.meta.url)

const unzipped = (url: URL): Uint8Array => new Uint8Array(gunzipSync(readFileSync(url)))

const keyed = (name: string): string => name.slice(0, name.indexOf('.'))

/** Every family with the variants that its graph was exported in. */
export const FAMILIES: readonly { key: string; family: Family; variants: readonly string[] }[] = readdirSync(
  folder('values'),
).map(name => {
  const key = keyed(name)
  const graphs = readdirSync(folder('graphs')).filter(graph => keyed(graph) === key)
  const family = JSON.parse(new TextDecoder().decode(unzipped(new URL(name, folder('values'))))) as Family
  return { key, family, variants: graphs.map(graph => graph.slice(key.length + 1, -'.onnx.gz'.length)) }
})

/** A graph as it was exported, with its weights. */
export const modelOf = (key: string, variant: string): Uint8Array =>
  withWeights(unzipped(new URL(`${key}.${variant}.onnx.gz`, folder('graphs'))))

/** The picture that PyTorch was given, [3, H, W]. */
export const pictureOf = (key: string, size: number): Float32Array => seeded(`${key}/picture`, 3 * size * size, 2)

/** Largest difference at the places that are kept, as a share of the largest absolute value. */
export function offBy(values: ArrayLike<number>, { max, values: all, samples }: Reference): number {
  const pairs = samples ?? (all ?? []).map((value, i) => [i, value] as const)
  return pairs.reduce((worst, [i, value]) => Math.max(worst, Math.abs((values[i] ?? Number.NaN) - value)), 0) / max
}

export const largest = (values: readonly number[]): number => Math.max(...values.map(Math.abs))
