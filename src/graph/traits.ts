import type { Node } from './types'

const ops = (names: string): ReadonlySet<string> => new Set(names.split(' '))

const REDUCTIONS =
  'ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum ReduceSumSquare'

/** Facts of ONNX's own operators, each stated once, for all who ask. An operator may have several. */
const TRAITS = {
  /** Gives its first input, as a network runs that nobody trains. */
  copies: ops('Identity Dropout'),
  /** Same numbers in another element type. */
  converts: ops('Cast CastLike'),
  /** Same elements in the same row-major order: only the shape changes. */
  reshapes: ops('Flatten Reshape Squeeze Unsqueeze'),
  /** Same elements, the axes in another order. */
  permutes: ops('Transpose'),
  /** Takes some of the elements along axes, or fills in others. */
  cuts: ops('Gather Pad Slice Split'),
  /** Puts values one after another along an axis. */
  joins: ops('Concat'),
  /** Makes more or fewer places of those of a picture. */
  resamples: ops('Resize Upsample'),
  /** Works on [N, C, H, W]: ONNX's definition says that channels are axis 1. */
  channelsFirst: ops(
    'AveragePool BatchNormalization Conv ConvTranspose DepthToSpace GlobalAveragePool GlobalMaxPool InstanceNormalization LRN LpPool MaxPool SpaceToDepth',
  ),
  /** One number of many: of each window, or of all places. */
  pools: ops(`AveragePool GlobalAveragePool GlobalLpPool GlobalMaxPool LpPool MaxPool MaxRoiPool ${REDUCTIONS}`),
  /** One number of all along some axes. */
  reduces: ops(REDUCTIONS),
  /** Does not move with small changes of its inputs: the gradient is 0 everywhere. */
  still: ops(
    'And ArgMax ArgMin Ceil Equal Floor Greater GreaterOrEqual Hardmax IsInf IsNaN Less LessOrEqual NonZero Not Or Round Shape Sign Size Xor',
  ),
  /** Makes whole numbers that stand for floats. */
  quantizes: ops('ConvInteger DynamicQuantizeLinear MatMulInteger QLinearConv QLinearMatMul QuantizeLinear'),
  /** Gives other numbers every time. */
  random: ops('Bernoulli Multinomial RandomNormal RandomNormalLike RandomUniform RandomUniformLike'),
  /** Gives as much as the numbers that come in say: its size changes with the picture, unless they are constants. */
  sizedByData: ops('Compress If Loop NonMaxSuppression NonZero Scan SequenceMap StringSplit Unique'),
  /** Names places, in int64. */
  indexes: ops('ArgMax ArgMin NonMaxSuppression NonZero'),
  /** Makes a value whose size all its inputs say. */
  generates: ops('BlackmanWindow ConstantOfShape HammingWindow HannWindow MelWeightMatrix Range'),
  /** Gives a sequence or an optional, no tensor. */
  container: ops('Optional SequenceConstruct SequenceEmpty SequenceErase SequenceInsert SequenceMap SplitToSequence'),
} satisfies Record<string, ReadonlySet<string>>

export type Trait = keyof typeof TRAITS

/** Names of the operators that have a trait. */
export const operatorsThat = (trait: Trait): ReadonlySet<string> => TRAITS[trait]

/** Whether a node has one of these traits. Operators of other domains have none. */
export function has(node: Node, ...traits: readonly Trait[]): boolean {
  if (node.domain !== '') return false
  for (const trait of traits) if (TRAITS[trait].has(node.op)) return true
  return false
}

/** Whether a node's output holds the elements of its first input, in their row-major order. */
export const keepsElements = (node: Node): boolean => has(node, 'copies', 'reshapes')

/** Whether a node makes whole numbers that stand for floats; ONNX Runtime has operators of its own that do. */
export const isQuantized = (node: Node): boolean =>
  has(node, 'quantizes') || (node.domain === 'com.microsoft' && /^(QLinear|QGemm|QuantizeLinear)/.test(node.op))
