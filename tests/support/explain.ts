import type { MapAttribution } from '../../src/attribution/method'
import { explain } from '../../src/engine/explain'
import type { Run } from '../../src/engine/run'
import type { Signal } from '../../src/engine/values'

/** A class's map; of methods without weights, these are empty. */
export async function mapOf(
  run: Run,
  method: string,
  layer: string,
  index: number,
  signal?: Signal,
): Promise<MapAttribution & { readonly weights: Float32Array }> {
  const found = await explain(run, { method, layer, target: { class: index } }, { channels: 'rgb', signal })
  if (found.kind === 'map') return { ...found, weights: found.weights ?? new Float32Array(0) }
  throw new Error(`${method} makes no maps`)
}

/** What a method says of a class at the input, [C, H, W]; its layer is the default one unless given. */
export async function gradientOf(
  run: Run,
  method: string,
  index: number,
  { signal, layer = run.network.layout.layer }: { readonly signal?: Signal; readonly layer?: string } = {},
): Promise<Float32Array> {
  const found = await explain(run, { method, layer, target: { class: index } }, { channels: 'rgb', signal })
  if (found.kind === 'gradient') return found.gradient.values
  throw new Error(`${method} makes no gradients at the input`)
}
