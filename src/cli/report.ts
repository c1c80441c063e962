import { top } from '../catalog/predictions'
import type { Run } from '../engine/run'
import type { EngineName } from '../engine/types'
import type { ErrorCode, HookscopeError } from '../errors'
import type { Places, ResizeRule } from '../image/types'
import type { Ablation } from './ablation'
import type { Model } from './model'

/** What `--json` prints: one object on standard output. */
export interface Report<R> {
  readonly model: string
  readonly engine: EngineName
  /** With `--ablate`: what was switched off. */
  readonly ablated?: readonly Ablation[]
  /** In the order of the pictures. */
  readonly results: readonly (R | PictureError)[]
}

export interface Failure {
  readonly code: ErrorCode
  readonly message: string
  /** What the engine said in its own words. */
  readonly detail?: string
}

/** In the place of a picture that could not be had. */
export interface PictureError {
  readonly picture: string
  readonly error: Failure
}

export interface Classified {
  readonly picture: string
  /** Null of a file that holds the network's input itself. */
  readonly resize: ResizeRule | null
  /** Best first. */
  readonly top: readonly TopClass[]
}

export interface TopClass {
  readonly index: number
  readonly label: string
  /** 0..1 */
  readonly probability?: number
  /** Instead, where the network gives no probabilities: the number that it gives. */
  readonly value?: number
}

export interface Explained extends Classified {
  /** With `--raw`: one a class. */
  readonly logits?: readonly number[]
  /** With `--raw`: the network's input, to be compared with another program's. */
  readonly input?: { readonly shape: readonly number[]; readonly sum: number; readonly absSum: number }
  readonly maps: readonly (MapEntry | MapError)[]
}

export interface MapEntry {
  /** Id of the method. */
  readonly method: string
  /** As it was asked for, else the path of the default; `input` where values over it are shown. */
  readonly layer: string
  /** For `guided-gradcam`: the layer of its Grad-CAM. */
  readonly camLayer?: string
  readonly class: number
  /** With `--against`: the class that it is held against. */
  readonly against?: number
  readonly label: string
  /** [H, W] of a map, [C, H, W] of a gradient. */
  readonly shape: readonly number[]
  /**
   * With `--raw`: row-major, neither scaled nor resized; `cam` before its ReLU; gradients with respect to the
   * normalised input.
   */
  readonly values?: readonly number[]
  /** How the map lies over the network's input, in its pixels; stretched over all of it where this is not given. */
  readonly places?: Places
  readonly files?: readonly string[]
  /** Of guided backpropagation and its like: how many ReLUs they acted at. */
  readonly rectifiers?: number
}

/** In the place of a combination that cannot be. */
export interface MapError {
  /** Id of the method. */
  readonly method: string
  readonly layer: string
  readonly camLayer?: string
  /** Its index, or what was asked for where the network has no such class. */
  readonly class: number | string
  readonly error: Failure
}

export function failure({ code, message, detail }: HookscopeError): Failure {
  return { code, message, ...(detail && { detail }) }
}

export function topClasses(
  { logits, probabilities }: Pick<Run, 'logits' | 'probabilities'>,
  { labels, analyzed }: Model,
  count: number,
): TopClass[] {
  const isNumber = analyzed.layout.answer.activation === 'none'
  return top(probabilities, count, logits).map(({ index, probability }) => ({
    index,
    label: labels.shown[index] ?? String(index),
    ...(isNumber ? { value: Number(probability.toPrecision(9)) } : { probability }),
  }))
}

/** Nine significant digits tell every float32 apart. */
export function digits(values: Float32Array): number[] {
  return Array.from(values, value => Number(value.toPrecision(9)))
}
