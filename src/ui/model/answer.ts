import { type Prediction, top } from '../../catalog/predictions'

/** Predictions that stand on the page. */
const TOP = 5

/** A network's answer to a picture. */
export interface Answer {
  readonly logits: Float32Array
  /** One a class, 0..1. */
  readonly probabilities: Float32Array
  /** Best first. */
  readonly top: readonly Prediction[]
}

export function toAnswer({ logits, probabilities }: Pick<Answer, 'logits' | 'probabilities'>): Answer {
  return { logits, probabilities, top: top(probabilities, TOP, logits) }
}

/** The answer that the page shows: of the changed network where there are changes. */
export function shownAnswer({ plain, changed }: { readonly plain: Answer; readonly changed: Answer | null }): Answer {
  return changed ?? plain
}
