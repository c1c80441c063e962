import type { Activation } from '../attribution/combine'

export type EngineName = 'webgpu' | 'wasm'

/** All channels of one hook point's activation, [C, H, W] row-major. */
export interface FeatureMaps extends Activation {
  readonly layer: string
}
