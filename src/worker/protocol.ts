import type { ActivationName } from '../analysis/activation'
import type { Availability, CamLayer, HookPoint } from '../analysis/types'
import type { Attribution, MapAttribution } from '../attribution/method'
import type { Target } from '../attribution/target'
import type { FileFacts, OwnReading, Setup } from '../catalog/own'
import type { Asked } from '../engine/explain'
import type { Change } from '../engine/interventions'
import type { EngineName, FeatureMaps } from '../engine/types'
import type { ErrorCode } from '../errors'
import type { OverlayView } from '../image/overlay'
import type { Pixels, Preprocessing, RawMap, Rect, ResizeRule, RgbaPixels } from '../image/types'

/** The engine that the user chose; `auto` is WebGPU where the browser has it. */
export type EngineChoice = 'auto' | EngineName

export interface EngineState {
  readonly name: EngineName
  /** WASM threads; 1 where the page is not cross-origin isolated. */
  readonly threads: number
  /** Why it is not the engine that was asked for, where it is not. */
  readonly note?: string
}

export interface Progress {
  readonly phase: 'download' | 'analyze' | 'engine' | 'compile'
  /** Bytes while downloading; the share that is read, of 1, while a large network is analyzed. */
  readonly loaded?: number
  readonly total?: number
}

/** How much of some work is done. */
export interface Share {
  readonly done: number
  readonly total: number
}

export interface NetworkView {
  readonly id: string
  readonly name: string
  readonly engine: EngineState
  readonly labels: readonly string[]
  readonly preprocessing: Preprocessing
  readonly resize: ResizeRule
  /** How logits become probabilities; `none`: they do not, and are shown as they are. */
  readonly activation: ActivationName
  /** In the order of the network, input first. */
  readonly hookPoints: readonly HookPoint[]
  /** Paths of the strip of layers, input first. */
  readonly stages: readonly string[]
  /** The default hook point. */
  readonly layer: string
  /** Whether a gradient reaches the input, or why none does. */
  readonly inputGradient: Availability
  /** How many ReLUs guided backpropagation acts at. */
  readonly rectifiers: number
  /** Where CAM is read, or why the network has none. */
  readonly cam: CamLayer
}

/** The network's answer to a picture. */
export interface Sight {
  /** Size of the picture as shown: turned by its EXIF orientation. */
  readonly width: number
  readonly height: number
  /** The part of the picture that the network saw, in its pixels. */
  readonly seen: Rect
  readonly logits: Float32Array
  /** One a class, 0..1; where the network has no activation, the logits. */
  readonly probabilities: Float32Array
  /** Milliseconds of the forward pass. */
  readonly ms: number
}

export interface Timed<T> {
  readonly value: T
  /** Milliseconds that the engine took; 0 where the value was there already. */
  readonly ms: number
}

/** A change of one hook point: one of the engine's, or a hook in JavaScript, `(activation, { shape, path }) => …`. */
export interface Intervention {
  readonly path: string
  readonly change: Change | { readonly kind: 'hook'; readonly code: string }
}

/** An activation that waits for a hook of the page's. */
export interface HookAsked {
  readonly id: number
  readonly code: string
  readonly path: string
  readonly shape: readonly number[]
  readonly values: Float32Array
}

/** The answer of the network with changes. */
export interface Intervened {
  readonly logits: Float32Array
  readonly probabilities: Float32Array
  /** Milliseconds of the changes and of what follows from them. */
  readonly ms: number
}

/** The layer over a picture. */
export type Top =
  | { readonly map: RawMap; readonly view: OverlayView }
  | { readonly pixels: Pixels; readonly opacity: number }

/** A network from a file of the user's own. */
export interface OwnNetwork {
  readonly id: string
  readonly name: string
  readonly file: Blob
  /** Files that hold weights outside of it, if any. */
  readonly beside: readonly File[]
  readonly setup: Setup
}

/** How a network would see a picture. */
export interface InputPreview {
  /** The network's view of the picture, in the size of its input. */
  readonly pixels: RgbaPixels
  /** The least, the mean and the most of the input's values. */
  readonly low: number
  readonly mean: number
  readonly high: number
}

/** The downloads that are kept. */
interface Storage {
  /** Bytes that are there of each downloaded network, whole or not, by id. */
  readonly kept: Readonly<Record<string, number>>
  /** Bytes that the browser would give this page in all, where it tells. */
  readonly quota: number | null
  /** Whether they are there at the next visit. */
  readonly lasts: boolean
}

/** Every call of the worker: parameters, the events that come while it runs, and the result. */
export interface Calls {
  /**
   * Load a network of the catalog, from under `base` where it is to be downloaded, or one of the user's own. Replaces
   * the one that is open once it is ready.
   */
  open: {
    params: { model: string; engine: EngineChoice; base: string; own?: OwnNetwork }
    event: Progress
    result: NetworkView
  }
  /**
   * The facts of a file of the user's own, with its SHA-256 in hexadecimal. Where the file itself has to be run for
   * that, `compile` is told before.
   */
  inspect: {
    params: OwnReading & Pick<OwnNetwork, 'file' | 'beside'>
    event: Progress
    result: FileFacts & { readonly sha256: string }
  }
  /** A picture as preprocessing makes it; needs no network. */
  preview: {
    params: { picture: Blob; preprocessing: Preprocessing; resize: ResizeRule }
    event: never
    result: InputPreview
  }
  /** Download a network of the catalog and keep it. */
  fetch: { params: { model: string; base: string }; event: Progress; result: null }
  /** The catalog's downloads that are kept. */
  storage: { params: Record<string, never>; event: never; result: Storage }
  /** Delete a download. */
  remove: { params: { model: string }; event: never; result: null }
  /** Decode a picture, make the input, run the forward program once. */
  look: { params: { picture: Blob; resize: ResizeRule }; event: never; result: Sight }
  /**
   * Changes values of the network for the picture that it looked at; every later question is answered with these
   * changes, until the next look or other ones. None of them is the network as it is.
   */
  intervene: { params: { interventions: readonly Intervention[] }; event: HookAsked; result: Intervened }
  /** The result of a hook of the page's, or why it failed. */
  hooked: {
    params: { id: number } & ({ values: Float32Array } | { code: ErrorCode; message: string })
    event: never
    result: null
  }
  /** A method's answer; of methods that run the network many times events tell how much is done. */
  explain: { params: Asked; event: Share; result: Timed<Attribution> }
  /** A Grad-CAM at every stage, from the last towards the input, an event each. */
  strip: { params: { target: Target }; event: MapAttribution; result: null }
  /** The activation of a hook point. */
  features: { params: { layer: string }; event: never; result: Timed<FeatureMaps> }
  /** The picture at its own size with a map or a picture over what the network saw, as PNG. */
  overlay: { params: { picture: Blob; top: Top; seen: Rect }; event: never; result: Blob }
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
  /** Answered at once by a worker that is not busy in one piece of work. */
  | { kind: 'ping'; id: number }

export type FromWorker =
  | { kind: 'pong'; id: number }
  | { kind: 'event'; id: number; event: unknown }
  | { kind: 'result'; id: number; result: unknown }
  | {
      kind: 'error'
      id: number
      error: { code: ErrorCode | 'fault'; message: string; detail?: string; stack?: string }
    }
