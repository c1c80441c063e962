import { floatAttribute } from '../../graph/attributes'
import type { GraphIndex } from '../../graph/graph-index'
import type { ShapeScope, ValueInfo } from '../../graph/shape-rules'
import type { Node } from '../../graph/types'
import { boundsOf } from './bounds'

/** The facts that tell a ReLU by its form: of each node what the shape rules know, and who makes a value. */
export interface Surroundings {
  scopeOf(node: Node): ShapeScope
  producer(value: string): Node | undefined
}

/**
 * Whether a node is a ReLU in one of its forms, and which of its inputs it rectifies: Relu; Max with 0; Clip from 0, with or
 * without an end (ReLU6); ThresholdedRelu at 0; LeakyRelu and PRelu of slope 0; Where(x > 0, x, 0); x times (x > 0); and
 * ONNX Runtime's FusedConv that ends in one.
 *
 * What lets something through below 0 is none: LeakyRelu, PRelu, ELU, SELU, GELU and SiLU go back as they are, for the papers
 * speak of ReLU alone, as do captum and pytorch-grad-cam, which replace `nn.ReLU`. (Those two leave ReLU6 as it is.)
 */
export function rectified(node: Node, around: Surroundings): number | undefined {
  if (node.domain === 'com.microsoft') return when(node.attributes.get('activation')?.value === 'Relu')
  const form = node.domain === '' && RECTIFIER_FORMS.find(op => op === node.op)
  return form ? FORMS[form](node, around) : undefined
}

/** How many ReLUs stand where gradients pass. */
export function countRectifiers(
  graphIndex: GraphIndex,
  shapes: ReadonlyMap<string, ValueInfo>,
  passes: (value: string) => boolean,
): number {
  const around: Surroundings = {
    scopeOf: node => ({ node, opset: graphIndex.opset, inputs: node.inputs.map(input => shapes.get(input)) }),
    producer: value => graphIndex.producer.get(value),
  }
  return graphIndex.nodes.filter(node => {
    const place = node.outputs.some(passes) ? rectified(node, around) : undefined
    return place !== undefined && passes(node.inputs[place] ?? '')
  }).length
}

type Form = (node: Node, around: Surroundings) => number | undefined

const when = (holds: boolean): number | undefined => (holds ? 0 : undefined)

const isZero = (node: Node, place: number, around: Surroundings): boolean =>
  isAll(0, around.scopeOf(node).inputs[place]?.content)

const isAll = (value: number, content: readonly number[] | undefined): boolean =>
  content !== undefined && content.length > 0 && content.every(number => number === value)

const FORMS = {
  Relu: () => 0,
  Max: (node, around) => {
    if (node.inputs.length !== 2) return undefined
    return [0, 1].find(place => isZero(node, 1 - place, around) && !isZero(node, place, around))
  },
  Clip: (node, around) => {
    const { low, high } = boundsOf(around.scopeOf(node))
    return when(low?.value === 0 && (!high || (high.value ?? 0) > 0))
  },
  ThresholdedRelu: node => when(floatAttribute(node, 'alpha', 1) === 0),
  LeakyRelu: node => when(floatAttribute(node, 'alpha', 0.01) === 0),
  PRelu: (node, around) => when(isZero(node, 1, around)),
  Where: (node, around) => {
    const [condition = '', yes = '', no = ''] = node.inputs
    if (isZero(node, 2, around) && signOf(condition, yes, around) === 'above') return 1
    return isZero(node, 1, around) && signOf(condition, no, around) === 'below' ? 2 : undefined
  },
  Mul: (node, around) => {
    const [a = '', b = ''] = node.inputs
    if (isMask(b, a, around)) return 0
    return isMask(a, b, around) ? 1 : undefined
  },
} satisfies Record<string, Form>

/** Operators that may be a ReLU. */
export const RECTIFIER_FORMS = Object.keys(FORMS) as (keyof typeof FORMS)[]

/** Whether a value is 1 where x is above 0, else 0: a truth as numbers, or Where(x > 0, 1, 0). */
function isMask(value: string, x: string, around: Surroundings): boolean {
  const node = around.producer(value)
  if (node?.op === 'Cast') return signOf(node.inputs[0] ?? '', x, around) === 'above'
  if (node?.op !== 'Where') return false
  const [condition = ''] = node.inputs
  const [, yes, no] = around.scopeOf(node).inputs
  return isAll(1, yes?.content) && isAll(0, no?.content) && signOf(condition, x, around) === 'above'
}

/** Which side of 0 a truth says that x is on; x = 0 may count to either. */
function signOf(condition: string, x: string, around: Surroundings): 'above' | 'below' | undefined {
  const node = around.producer(condition)
  if (!node) return undefined
  if (node.op === 'Not') {
    const inner = signOf(node.inputs[0] ?? '', x, around)
    return inner && (inner === 'above' ? 'below' : 'above')
  }
  const [a, b] = node.inputs
  const isGreater = node.op === 'Greater' || node.op === 'GreaterOrEqual'
  if (!isGreater && node.op !== 'Less' && node.op !== 'LessOrEqual') return undefined
  if (a === x && isZero(node, 1, around)) return isGreater ? 'above' : 'below'
  return b === x && isZero(node, 0, around) ? (isGreater ? 'below' : 'above') : undefined
}
