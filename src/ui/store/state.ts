import type { MethodName } from '../../cam/methods'
import type { Explanation, FeatureMaps } from '../../engine/types'
import type { OverlayView } from '../../image/overlay'
import type { ResizeRule } from '../../image/types'
import type { SceneChoice } from '../../worker/client'
import type { EngineChoice, EngineState, NetworkView, Progress, Sight } from '../../worker/protocol'
import type { Picture } from '../model/pictures'
import type { Prediction } from '../model/predictions'
import type { Settings } from './settings'

/** What the user asked to see; `Scene` is what is on screen. */
export interface Wanted {
  readonly model: string
  readonly engine: EngineChoice
  readonly picture: Picture
  readonly resize: ResizeRule
}

/** A picture as one network saw it. Replaced as a whole, once its successor is ready. */
export interface Scene {
  readonly wanted: Wanted
  /** The same, as the engine is asked. */
  readonly at: SceneChoice
  readonly network: NetworkView
  readonly sight: Sight
  /** One a class, 0..1. */
  readonly probabilities: Float32Array
  readonly top: readonly Prediction[]
}

/** Which map is asked for. */
export interface Choice {
  readonly method: MethodName
  readonly layer: string
  readonly target: number
}

/** A map with the scene it belongs to. */
export interface ShownMap {
  readonly scene: Scene
  readonly explanation: Explanation
}

export interface ShownFeatures {
  readonly scene: Scene
  readonly maps: FeatureMaps
}

/** Work that leaves what is on screen until it is done. */
export type Work =
  | { readonly phase: 'idle' }
  | { readonly phase: 'running' }
  | { readonly phase: 'failed'; readonly message: string }

/** The way to the next scene: open the network, look at the picture. */
export type Seeing =
  | { readonly phase: 'idle' }
  | { readonly phase: 'opening'; readonly progress: Progress | null }
  | { readonly phase: 'looking' }

/** What could not be had, on which step of the way, and why. */
export interface Problem {
  readonly wanted: Wanted
  readonly at: 'network' | 'picture'
  readonly message: string
}

export interface State {
  readonly settings: Settings
  /** Samples and the user's own. */
  readonly pictures: readonly Picture[]
  readonly wanted: Wanted
  readonly seeing: Seeing
  readonly problem: Problem | null
  /** The engine that runs; it may change by itself, where WebGPU fails. */
  readonly engine: EngineState | null
  readonly scene: Scene | null
  readonly choice: Choice | null
  /** The map on screen: the one before until the one that is asked for is ready. */
  readonly map: ShownMap | null
  readonly mapWork: Work
  /** Grad-CAM by stage; of the class before until each new one comes. */
  readonly strip: Readonly<Record<string, Explanation>>
  readonly stripWork: Work
  readonly features: ShownFeatures | null
  readonly featuresWork: Work
  /** The channel that is shown large over the picture in place of the map. */
  readonly channel: number | null
  readonly saveWork: Work
  /** What was saved last, as the page says it. */
  readonly saved: string | null
  /** Space is held: the picture alone. */
  readonly bare: boolean
}

export type SaveKind = 'overlay' | 'copy' | 'heatmap' | 'features' | 'json'

export interface Actions {
  start(): Promise<void>
  chooseNetwork(model: string): Promise<void>
  chooseEngine(engine: EngineChoice): Promise<void>
  choosePicture(picture: Picture): Promise<void>
  /** Adds one's own pictures and looks at the first. */
  addPictures(files: readonly File[]): Promise<void>
  chooseResize(resize: ResizeRule): Promise<void>
  /** Tries again what failed. */
  retry(): Promise<void>
  /** Gives up the network that is being opened. */
  cancel(): void
  dismiss(): void
  chooseClass(target: number): Promise<void>
  chooseMethod(method: MethodName): Promise<void>
  chooseLayer(layer: string): Promise<void>
  showFeatures(open: boolean): Promise<void>
  chooseChannel(channel: number | null): void
  save(kind: SaveKind): Promise<void>
  setView(view: Partial<OverlayView>): void
  set(settings: Partial<Pick<Settings, 'theme' | 'order' | 'shortcuts'>>): void
  setBare(bare: boolean): void
}

export type Page = State & Actions
