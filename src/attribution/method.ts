import type { Answered } from '../analysis/activation'
import type { Availability, CamLayer, HookPoint } from '../analysis/types'
import type { GradientKind } from '../grad/rules/gated'
import type { InputGradient } from '../image/gradient'
import type { RawMap } from '../image/types'
import type { Activation } from './combine'
import type { Evidence } from './evidence'
import type { Target } from './target'

/** The `layer` of a gradient that is shown at the input. A layer may have the same name. */
export const INPUT = 'input'

/** Facts of a network that methods read before anything runs; the page has them, too. */
export interface NetworkFacts {
  /** In the network's order, input first. */
  readonly hookPoints: readonly HookPoint[]
  /** Path of the default hook point. */
  readonly layer: string
  /** Where CAM is read. */
  readonly cam: CamLayer
  /** Whether a gradient reaches the input. */
  readonly inputGradient: Availability
  /** How many ReLUs, in any of their forms, stand between the input and the classes. */
  readonly rectifiers: number
}

/** A number that a method can be given. */
export interface NumberOption {
  readonly default: number
  readonly least: number
  readonly most: number
  readonly isWhole?: boolean
  readonly help: string
}

/** A word that a method can be given. */
export interface ChoiceOption {
  readonly default: string
  readonly choices: readonly string[]
  readonly help: string
}

export type Option = NumberOption | ChoiceOption

export type Options = Readonly<Record<string, Option>>

/** Values of options by their names. */
export type OptionValues = Readonly<Record<string, number | string>>

type ValueOf<T extends Option> = T extends ChoiceOption ? T['choices'][number] : number

/** A question to a method that has the options `O`. */
export interface Question<O extends Options = Options> {
  /** Path of a hook point; methods that read none pass over it. */
  readonly layer: string
  readonly target: Target
  /** Each of the method's options by name. */
  readonly options: { readonly [K in keyof O]: ValueOf<O[K]> }
}

/** A map of a layer, as the method's formula gives it: neither scaled to 0..1 nor resized. */
export interface LayerMap {
  readonly map: RawMap
  /** One a channel of the layer, where the map is a sum of channels by weights. */
  readonly weights: Float32Array | null
  /** Null of methods that read no gradient. */
  readonly evidence: Evidence | null
}

/** A gradient with respect to the normalised input, [C, H, W]. */
export interface InputValues {
  readonly values: Float32Array
  /** Null where what it is made of was checked already. */
  readonly evidence: Evidence | null
}

/** Values that a method may ask for, of one picture in one network. Each is computed once, when it is first asked for. */
export interface Context {
  readonly network: NetworkFacts
  /** Size of the network's input. */
  readonly height: number
  readonly width: number
  /** The picture as the network is given it, [C, H, W]. */
  input(): Promise<Float32Array>
  /**
   * A picture of one grey as the network is given it, [C, H, W].
   *
   * @param level 0 black to 1 white
   * @throws HookscopeError `bad-argument` where nobody told how pictures are normalised
   */
  evenInput(level: number): Float32Array
  /** @throws HookscopeError `not-finite` */
  activation(layer: string): Promise<Activation>
  /** ∂target / ∂layer, [C, H, W]. @throws HookscopeError `no-gradient`, `not-finite` */
  gradient(layer: string, target: Target): Promise<Float32Array>
  /**
   * ∂target / ∂x, with respect to the normalised input, [C, H, W].
   *
   * @param kind what ReLUs hold back going back; `saliency` is the gradient itself
   * @throws HookscopeError `no-gradient`, `not-finite`
   */
  inputGradient(target: Target, kind: GradientKind): Promise<Float32Array>
  /** The target's weights of the layer's feature maps in the network's linear end, [C]. @throws HookscopeError `no-cam-head` */
  classWeights(layer: string, target: Target): Promise<Float32Array>
  /** To the picture. */
  readonly answer: Answered
  /** To another input [C, H, W]. Runs the network. @throws HookscopeError `not-finite` */
  answerTo(input: Float32Array): Promise<Answered>
  /** Runs what follows from other feature maps of a layer, [C, H, W]. @returns a logit for each class */
  logitsBehind(layer: string, values: Float32Array): Promise<Float32Array>
  /** `inputGradient` of the target itself at another input [C, H, W]. */
  gradientOf(input: Float32Array, target: Target): Promise<Float32Array>
  /** Another method's answer, without the check of rounding error. */
  explain(method: MapMethod, question: Question): Promise<MapAttribution>
  explain(method: GradientMethod, question: Question): Promise<GradientAttribution>
  /**
   * To be awaited between two runs of the network: tells how much of the work is done, and ends it where nobody waits any more.
   *
   * @throws HookscopeError `cancelled`
   */
  progress(done: number, total: number): Promise<void>
}

/** What a method or a metric is called, and what it is. */
export interface Entry {
  /** As the command line, addresses and files have it. */
  readonly id: string
  /** Its place in menus and documents. */
  readonly order: number
  readonly label: string
  readonly paper: string
  /** In plain text, for documents. */
  readonly formula: string
  readonly help: string
  /** A warning of the literature. */
  readonly caution?: string
}

interface Described<O extends Options = Options> extends Entry {
  /** Passes that it runs, once the forward pass has been run. */
  readonly cost: string
  readonly options?: O
  /** Whether it runs the network many times: a key does not start it by the way. */
  readonly isSlow?: boolean
  /** Whether it says the same of every class. */
  readonly isClassBlind?: boolean
  /** Whether it is a button of its own; the others stand in a menu. */
  readonly isProminent?: boolean
  /** Where it is read unless a layer is chosen: the network's default hook point, or another. */
  defaultLayer?(network: NetworkFacts): string
  /** Whether a network has it at a hook point; without one, at its default. */
  available(network: NetworkFacts, point: HookPoint): Availability
  /** A sentence about it in this network, for before it runs. */
  remark?(network: NetworkFacts): string | null
}

/** A map over the places of a layer, or of the input. */
export interface MapMethod<O extends Options = Options> extends Described<O> {
  readonly result: 'map'
  /** Whether a layer can be chosen; where not, the map is of the input. */
  readonly readsLayer?: boolean
  attribute(context: Context, question: Question<O>): Promise<LayerMap>
}

/** Values over the network's input. */
export interface GradientMethod<O extends Options = Options> extends Described<O> {
  readonly result: 'gradient'
  /** Whether its values are parts of the target, for it and against it; of others the size alone says how much a place matters. */
  readonly isSigned?: boolean
  /** Whether it reads a layer too. */
  readonly readsLayer?: boolean
  attribute(context: Context, question: Question<O>): Promise<InputValues>
}

export type Method = MapMethod | GradientMethod

/** Gives a method's file its types: `attribute` gets each option as a number, or as one of its choices. */
export function defineMethod<const O extends Options>(method: MapMethod<O>): MapMethod<O>
export function defineMethod<const O extends Options>(method: GradientMethod<O>): GradientMethod<O>
export function defineMethod(method: Method): Method {
  return method
}

export const isChoice = (option: Option): option is ChoiceOption => 'choices' in option

/** Whether a layer can be chosen for it. */
export const readsLayer = (method: Method): boolean => method.readsLayer ?? method.result === 'map'

/** One raw map of one method. */
export interface MapAttribution {
  readonly kind: 'map'
  /** Id of the method. */
  readonly method: string
  /** Path of the hook point, or `INPUT`. */
  readonly layer: string
  readonly target: Target
  /** Raw: neither scaled to 0..1 nor resized. */
  readonly map: RawMap
  /** One weight a channel of the hook point, for methods that have them. */
  readonly weights: Float32Array | null
  /** All that was above 0 was float32's rounding error, and is left out of `map`. */
  readonly rounding: boolean
}

/** Values at the input. */
export interface GradientAttribution {
  readonly kind: 'gradient'
  /** Id of the method. */
  readonly method: string
  readonly layer: typeof INPUT
  /** The layer that was read besides; null of methods that read none. */
  readonly camLayer: string | null
  readonly target: Target
  /** With respect to the normalised input; 0 where all of it was float32's rounding error. */
  readonly gradient: InputGradient
  readonly rounding: boolean
}

export type Attribution = MapAttribution | GradientAttribution
