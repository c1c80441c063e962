import type { Channels } from './channels'
import type { Grid } from './grid'

/** Why something cannot be had: the code of the error that asking for it ends in, and a sentence. */
export interface Refusal {
  readonly ok: false
  readonly code: 'no-spatial-extent' | 'no-gradient' | 'no-cam-head'
  readonly reason: string
}

export type Availability = { readonly ok: true } | Refusal

/** Where CAM is read. */
export type CamLayer = { readonly ok: true; readonly layer: string } | Refusal

/** A value of the network that can be looked at, by the module path that a PyTorch user would write. */
export interface HookPoint {
  /** `layer4.1.conv2`, `layer1.0.relu:0`, `layer1.0.Add`. Unique within the network. */
  readonly path: string
  /** The path's top-level module, to group by: `layer4`. */
  readonly group: string
  /** ONNX type of the operator that makes the value. */
  readonly op: string
  /** Name of the value in the file. */
  readonly value: string
  /** Shape for one picture: [1, C, H, W], [1, H, W, C], tokens [1, T, C] or [1, N]. */
  readonly shape: readonly number[]
  readonly channels: Channels
  /**
   * `map`: it has a height and a width; `attention`: its rows and columns are tokens, what each reads of each;
   * `values`: any other.
   */
  readonly kind: 'map' | 'attention' | 'values'
  /** How its values lie over the picture, where they have a height and a width. */
  readonly grid?: Grid
  /** Whether the path is a stage of the network, shown in the strip of layers. */
  readonly stage: boolean
  /** Whether its feature maps can be drawn as one map. */
  readonly map: Availability
  /** Whether they can, and a gradient of the classes reaches them. */
  readonly gradient: Availability
  /** Whether they can, and the classes weigh them channel by channel, as CAM needs it. */
  readonly classWeights: Availability
}
