import type { InputMethodName } from '../cam/input-methods'
import type { MethodName } from '../cam/methods'
import type { InputGradient } from '../image/gradient'
import type { Places, RawMap } from '../image/types'

export type EngineName = 'webgpu' | 'wasm'

/** One raw map of one method. */
export interface Explanation {
  readonly method: MethodName
  /** Path of the hook point. */
  readonly layer: string
  /** Class index whose logit is explained. */
  readonly target: number
  /** Raw: neither scaled to 0..1 nor resized; `cam` before its ReLU. */
  readonly map: RawMap
  /** One weight a channel of the hook point. */
  readonly weights: Float32Array
  /** All that was above 0 was float32's rounding error, and is left out of `map`. */
  readonly rounding: boolean
}

/** One gradient at the input. */
export interface InputExplanation {
  readonly method: InputMethodName
  /** `INPUT`; for Guided Grad-CAM the hook point of its Grad-CAM. */
  readonly layer: string
  /** Class index whose logit is explained. */
  readonly target: number
  /** With respect to the normalised input; 0 where all of it was float32's rounding error. */
  readonly gradient: InputGradient
}

export type AnyExplanation = Explanation | InputExplanation

/** All channels of one hook point's activation, [C, H, W] row-major. */
export interface FeatureMaps {
  readonly layer: string
  readonly channels: number
  readonly height: number
  readonly width: number
  readonly values: Float32Array
  /** How they lie over the network's input; stretched over all of it where this is not given. */
  readonly places?: Places
}
