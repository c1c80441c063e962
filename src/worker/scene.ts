import type { Calls, EngineChoice, Intervention } from './protocol'

/** A network of the catalog or of the user's own, on the engine asked for. */
export interface NetworkChoice {
  readonly model: string
  readonly engine: EngineChoice
}

/** All that decides what the network sees. */
export interface SceneChoice extends NetworkChoice {
  readonly picture: Blob
  readonly resize: Calls['look']['params']['resize']
  /** Changes of the network, in which all but `look` is answered; the same array stands for the same changes. */
  readonly interventions?: readonly Intervention[]
}

export function sameNetwork(a: NetworkChoice, b: NetworkChoice): boolean {
  return a.model === b.model && a.engine === b.engine
}

export function sameScene(a: SceneChoice, b: SceneChoice): boolean {
  return sameNetwork(a, b) && a.picture === b.picture && a.resize === b.resize
}
