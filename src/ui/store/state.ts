import type { Attribution, GradientAttribution, MapAttribution } from '../../attribution/method'
import type { FeatureMaps } from '../../engine/types'
import type { OverlayView } from '../../image/overlay'
import type { ResizeRule } from '../../image/types'
import type { EngineChoice, EngineState, NetworkView, Progress, Share, Sight } from '../../worker/protocol'
import type { SceneChoice } from '../../worker/scene'
import type { Answer } from '../model/answer'
import type { Draft, Listed } from '../model/interventions'
import type { PanelId } from '../model/panels'
import type { Picture } from '../model/pictures'
import type { NetworksActions, NetworksState } from './networks'
import type { GradientView, Settings } from './settings'

/** The user's wish; `Scene` is on screen. */
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
  /** Of the network as it is. */
  readonly plain: Answer
  /** Of the network with the changes in force; null where there are none. */
  readonly changed: Answer | null
}

/** Which map is asked for. */
export interface Choice {
  /** Id of a method. */
  readonly method: string
  /** A hook point; methods that read none leave it as it was chosen last. */
  readonly layer: string
  /** Index of a class. */
  readonly target: number
}

/** A map, or a gradient at the input, with the scene it belongs to. */
export interface ShownMap {
  readonly scene: Scene
  readonly explanation: Attribution
}

/** The gradients of two classes side by side. */
export interface Comparison {
  readonly scene: Scene
  readonly pair: readonly [GradientAttribution, GradientAttribution]
  /** How alike each method's answers for the two classes are, −1..1: that of the pair first. */
  readonly correlations: readonly { readonly method: string; readonly value: number }[]
}

interface ShownFeatures {
  readonly scene: Scene
  readonly maps: FeatureMaps
}

/** An error as the page tells it: a sentence, and the engine's own words. */
export interface Said {
  readonly message: string
  readonly detail?: string
}

/** Work that leaves what is on screen until it is done. */
type Work =
  | { readonly phase: 'idle' }
  | { readonly phase: 'running'; readonly share?: Share }
  | ({ readonly phase: 'failed' } & Said)

/** The way to the next scene: open the network, look at the picture. */
type Seeing =
  | { readonly phase: 'idle' }
  | { readonly phase: 'opening'; readonly progress: Progress | null }
  | { readonly phase: 'looking' }

/** A failure: on which step of the way, and why. */
export interface Problem extends Said {
  readonly wanted: Wanted
  readonly at: 'network' | 'picture'
}

export interface State {
  readonly settings: Settings
  /** Samples and the user's own. */
  readonly pictures: readonly Picture[]
  readonly wanted: Wanted
  readonly seeing: Seeing
  /** A download that the page's address names: nothing is fetched for a link alone. */
  readonly asking: string | null
  /** Sentences about choices in the page's address that cannot be had. */
  readonly faults: readonly string[]
  /** Seconds for which the engine has not answered. */
  readonly silence: number | null
  readonly problem: Problem | null
  /** The engine that runs; it may change by itself, where WebGPU fails. */
  readonly engine: EngineState | null
  readonly scene: Scene | null
  readonly choice: Choice | null
  /** The map on screen: the one before until the one that is asked for is ready. */
  readonly map: ShownMap | null
  readonly mapWork: Work
  /** Grad-CAM by stage; of the class before until each new one comes. */
  readonly strip: Readonly<Record<string, MapAttribution>>
  readonly stripWork: Work
  readonly features: ShownFeatures | null
  readonly featuresWork: Work
  /** The channel that is shown large over the picture in place of the map. */
  readonly channel: number | null
  /** Changes of the network, in force or switched off. */
  readonly interventions: readonly Listed[]
  readonly interveneWork: Work
  /** The change in the form. */
  readonly draft: Draft
  /** Whether channels that are chosen in the grid go to the form. */
  readonly picking: boolean
  /** The class that the chosen one's gradient is compared with. */
  readonly against: number | null
  readonly comparison: Comparison | null
  readonly compareWork: Work
  readonly saveWork: Work
  /** The page's sentence about the last save. */
  readonly saved: string | null
  /** Space is held: the picture alone. */
  readonly bare: boolean
}

export type SaveKind = 'overlay' | 'copy' | 'heatmap' | 'features' | 'json'

export interface Actions {
  /** Opens the first network; one that would have to be downloaded is asked about. */
  start(): Promise<void>
  /** Answers that: whether it is downloaded, else the network that is opened by default. */
  answerAsking(download: boolean): Promise<void>
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
  /** Ends what the engine does, whatever it is. */
  stop(): void
  dismiss(): void
  dismissFaults(): void
  chooseClass(target: number): Promise<void>
  chooseMethod(method: string): Promise<void>
  chooseLayer(layer: string): Promise<void>
  /** Gives up a map that takes long; the one before stays. */
  stopMap(): void
  chooseChannel(channel: number | null): void
  intervene(interventions: readonly Listed[]): Promise<void>
  stopIntervening(): Promise<void>
  switchChannel(channel: number): Promise<void>
  edit(change: Partial<Draft>): Promise<void>
  apply(): Promise<void>
  setPicking(picking: boolean): Promise<void>
  /** Opens one of the dock's panels; null closes the dock. */
  showPanel(panel: PanelId | null): Promise<void>
  setPanelHeight(panel: PanelId, height: number): void
  /** Sets the gradient of a second class beside the chosen one's; null ends it. */
  compare(against: number | null): Promise<void>
  save(kind: SaveKind): Promise<void>
  setView(view: Partial<OverlayView>): void
  setGradientView(view: Partial<GradientView>): void
  set(settings: Partial<Pick<Settings, 'theme' | 'order' | 'shortcuts'>>): void
  setBare(bare: boolean): void
}

export type Page = State & Actions & NetworksState & NetworksActions
