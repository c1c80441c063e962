import type { ValueInfo } from '../graph/shapes'
import type { AnswerReading } from './answer'
import type { InputReading } from './inputs'

/** Settings that a file may leave open. */
export interface Reading extends InputReading, AnswerReading {
  /** Contents of the files that hold weights outside of the model, by the location that it gives; see `externalFiles`. */
  readonly external?: ReadonlyMap<string, Uint8Array>
  /** Shapes and types that a run on a blank picture showed, of values whose shape nothing tells; see `openModel`. */
  readonly measured?: ReadonlyMap<string, ValueInfo>
}
