import type { RawMap } from '../image/types'
import type { Activation } from './combine'
import { relu, spatialMean, weightedSum } from './combine'

/** What a method is given at a hook point; each part is computed only for the methods that need it. */
export interface Evidence {
  /** [C, H, W] */
  readonly activation: Activation
  /** d logit / d activation, [C·H·W]; for methods that need `gradient`. */
  readonly gradient: Float32Array
  /** The class's row of the last linear layer, [C]; for methods that need `class-weights`. */
  readonly classWeights: Float32Array
}

interface Method<Need extends keyof Evidence> {
  readonly label: string
  readonly paper: string
  readonly help: string
  readonly need: Need
  /** What `weights` are sums of, by its size: one a channel. */
  magnitudes(evidence: Pick<Evidence, 'activation' | Need>): Float32Array
  /** One weight a channel. */
  weights(evidence: Pick<Evidence, 'activation' | Need>): Float32Array
  map(activation: Activation, weights: Float32Array): RawMap
}

const method = <Need extends keyof Evidence>(it: Method<Need>): Method<Need> => it

/** Every method with its own label and help, for menus, the command line and documents. */
export const METHODS = {
  /** M_c = Σ_k w_k^c · A_k, without the bias; its ReLU is left to the view. */
  cam: method({
    label: 'CAM',
    paper: 'Zhou et al. 2016, Learning Deep Features for Discriminative Localization',
    help: 'The class’s weights in the last linear layer over the feature maps before pooling.',
    need: 'classWeights',
    weights: ({ classWeights }) => classWeights,
    magnitudes: ({ classWeights }) => classWeights.map(Math.abs),
    map: weightedSum,
  }),
  /** L_c = ReLU(Σ_k α_k^c · A_k), α_k^c the mean of ∂y^c/∂A_k over its places. */
  gradcam: method({
    label: 'Grad-CAM',
    paper: 'Selvaraju et al. 2017, Grad-CAM: Visual Explanations from Deep Networks via Gradient-based Localization',
    help: 'Feature maps weighted by the mean gradient of the class’s logit. Works at every layer with a spatial extent.',
    need: 'gradient',
    weights: ({ activation, gradient }) => spatialMean(activation, gradient),
    magnitudes: ({ activation, gradient }) => spatialMean(activation, gradient.map(Math.abs)),
    map: (activation, weights) => relu(weightedSum(activation, weights)),
  }),
}

export type MethodName = keyof typeof METHODS

export const METHOD_NAMES = Object.keys(METHODS) as MethodName[]
