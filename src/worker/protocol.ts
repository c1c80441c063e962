import type { MethodName } from '../cam/methods'
import type { EngineName, Explanation, FeatureMaps, HookPoint } from '../engine/types'
import type { ErrorCode } from '../errors'
import type { OverlayView } from '../image/overlay'
import type { Preprocessing, RawMap, Rect, ResizeRule } from '../image/types'

/** What the user asked for; `auto` is WebGPU where the browser has it. */
export type EngineChoice = 'auto' | EngineName

export interface EngineState {
  readonly name: EngineName
  /** WASM threads; 1 where the page is not cross-origin isolated. */
  readonly threads: number
  /** Why it is not the engine that was asked for, where it is not. */
  readonly note?: string
}

export interface Progress {
  readonly phase: 'download' | 'engine' | 'compile'
  /** Bytes, while downloading. */
  readonly loaded?: number
  readonly total?: number
}

export interface NetworkView {
  readonly id: string
  readonly name: string
  readonly engine: EngineState
  readonly labels: readonly string[]
  readonly preprocessing: Preprocessing
  readonly resize: ResizeRule
  /** In the order of the network, input first. */
  readonly hookPoints: readonly HookPoint[]
  /** Paths of the strip of layers, input first. */
  readonly stages: readonly string[]
  /** The default hook point. */
  readonly layer: string
  /** Where CAM is read, or why the network has none. */
  readonly cam: { readonly ok: true; readonly layer: string } | { readonly ok: false; readonly reason: string }
}

/** What the network says of a picture. */
export interface Sight {
  /** Size of the picture as shown: turned by its EXIF orientation. */
  readonly width: number
  readonly height: number
  /** The part of the picture that the network saw, in its pixels. */
  readonly seen: Rect
  readonly logits: Float32Array
  /** Milliseconds of the forward pass. */
  readonly ms: number
}

export interface Timed<T> {
  readonly value: T
  /** Milliseconds that the engine took; 0 where the value was there already. */
  readonly ms: number
}

/** Every call of the worker: parameters, the events that come while it runs, and the result. */
export interface Calls {
  /** Load a network of the catalog. Replaces the one that is open once it is ready. */
  open: { params: { model: string; engine: EngineChoice }; event: Progress; result: NetworkView }
  /** Decode a picture, make the input, run the forward program once. */
  look: { params: { picture: Blob; resize: ResizeRule }; event: never; result: Sight }
  /** One raw map; runs at most backward programs. */
  explain: {
    params: { method: MethodName; layer: string; target: number }
    event: never
    result: Timed<Explanation>
  }
  /** A Grad-CAM at every stage, from the last towards the input, an event each. */
  strip: { params: { target: number }; event: Explanation; result: null }
  /** The activation of a hook point. */
  features: { params: { layer: string }; event: never; result: Timed<FeatureMaps> }
  /** The picture at its own size with the map over it, as PNG. */
  overlay: { params: { picture: Blob; map: RawMap; seen: Rect; view: OverlayView }; event: never; result: Blob }
}

export type CallName = keyof Calls

/** A call as it is sent; over several names, the union of theirs. */
export type Call<N extends CallName = CallName> = {
  [P in N]: { kind: 'call'; id: number; name: P; params: Calls[P]['params'] }
}[N]

export type ToWorker =
  | Call
  /** Nobody waits for the call any more; it stops at the next place where it can. */
  | { kind: 'abort'; id: number }

export type FromWorker =
  | { kind: 'event'; id: number; event: unknown }
  | { kind: 'result'; id: number; result: unknown }
  | {
      kind: 'error'
      id: number
      error: { code: ErrorCode | 'fault'; message: string; stack?: string }
    }
