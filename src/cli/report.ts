import { top } from '../catalog/predictions'
import type { Run } from '../engine/run'
import type { EngineName } from '../engine/types'
import type { ErrorCode, HookscopeError } from '../errors'
import { type MapEntry, type TopClass, topClasses } from '../export/result'
import type { ResizeRule } from '../image/types'
import type { Ablation } from './ablation'
import type { Model } from './model'

/** The object that `--json` prints on standard output. */
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
  /** The engine's own words. */
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

export interface Explained extends Classified {
  /** With `--raw`: one a class. */
  readonly logits?: readonly number[]
  /** With `--raw`: the network's input, to be compared with another program's. */
  readonly input?: { readonly shape: readonly number[]; readonly sum: number; readonly absSum: number }
  readonly maps: readonly (MapEntry | MapError)[]
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

/** The best classes of a picture. */
export function bestClasses(
  { logits, probabilities }: Pick<Run, 'logits' | 'probabilities'>,
  { labels, analyzed }: Model,
  count: number,
): TopClass[] {
  return topClasses(top(probabilities, count, logits), labels.shown, analyzed.layout.answer.activation === 'none')
}
