import type { Availability, HookPoint } from '../analysis/types'
import type { RawMap } from '../image/types'
import type { Activation } from './combine'
import { momentum, remainder } from './evidence'
import type { Context, LayerMap, NetworkFacts, Question } from './method'

/** A map from the feature maps of a layer and their gradient alone, and numbers that tell it from rounding error. */
interface OneLayerMap {
  readonly map: RawMap
  /** One a channel, where the map is a sum of channels by weights. */
  readonly weights?: Float32Array
  /** The part that is linear in the gradient; the gradient itself unless given. */
  readonly linear?: Float32Array
  /** The same sum over the sizes of its parts; not given where nothing cancels. */
  readonly whole?: RawMap
}

/** What methods share that read one layer: its feature maps A and ∂y/∂A, both [C, H, W], by one backward run. */
export const ofOneLayer = (read: (activation: Activation, gradient: Float32Array) => OneLayerMap) => ({
  cost: 'one backward run to the layer',
  result: 'map' as const,
  available: (_: NetworkFacts, { gradient }: HookPoint): Availability => gradient,
  async attribute(context: Context, { layer, target }: Pick<Question, 'layer' | 'target'>): Promise<LayerMap> {
    const activation = await context.activation(layer)
    const gradient = await context.gradient(layer, target)
    const { map, weights = null, linear = gradient, whole } = read(activation, gradient)
    const left = whole ? remainder(map, whole) : 1
    return { map, weights, evidence: { linear, left, momentum: momentum(gradient, activation.values) } }
  },
})
