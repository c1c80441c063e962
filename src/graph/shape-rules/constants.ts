import { floatAttribute, intAttribute, intsAttribute, tensorAttribute } from '../attributes'
import { TYPE_OF_CODE } from '../element-codes'
import { numbersOf } from '../elements'
import { Misfit } from '../numbers'
import { sizeOf } from '../tensors'
import type { Tensor } from '../types'
import { type ShapeRule, SMALL, type ValueInfo, withContent } from './value-info'

export function knownConstant(tensor: Tensor): ValueInfo {
  const content = sizeOf(tensor.dims) <= SMALL ? numbersOf(tensor) : undefined
  return { type: tensor.type, dims: tensor.dims, ...(content ? { content } : {}) }
}

const constant: ShapeRule = ({ node }) => {
  const tensor = tensorAttribute(node, 'value')
  if (tensor) return [knownConstant(tensor)]
  const list = intsAttribute(node, 'value_ints')
  if (list) return [withContent('int64', [list.length], () => list)]
  const floats = node.attributes.get('value_floats')
  if (floats?.kind === 'floats') return [withContent('float32', [floats.value.length], () => floats.value)]
  const texts = node.attributes.get('value_strings')
  if (texts?.kind === 'strings') return [{ type: 'string', dims: [texts.value.length] }]
  if (node.attributes.has('value_string')) return [{ type: 'string', dims: [] }]
  if (node.attributes.has('value_int'))
    return [{ type: 'int64', dims: [], content: [intAttribute(node, 'value_int', 0)] }]
  return node.attributes.has('value_float')
    ? [{ type: 'float32', dims: [], content: [floatAttribute(node, 'value_float', 0)] }]
    : []
}

const shape: ShapeRule = ({ node, inputs: [x] }) => {
  if (!x) return []
  const content = x.dims.slice(intAttribute(node, 'start', 0), intAttribute(node, 'end', x.dims.length))
  return [{ type: 'int64', dims: [content.length], content }]
}

const size: ShapeRule = ({ inputs: [x] }) => (x ? [{ type: 'int64', dims: [], content: [sizeOf(x.dims)] }] : [])

/** float32 zeros by default. */
const constantOfShape: ShapeRule = ({ node, inputs: [shape] }) => {
  const dims = shape?.content
  if (!dims) return []
  const value = tensorAttribute(node, 'value')
  const [filling = 0] = (value && numbersOf(value)) ?? []
  return [withContent(value?.type ?? 'float32', dims, () => new Array<number>(sizeOf(dims)).fill(filling))]
}

const range: ShapeRule = ({ inputs: [start, limit, delta] }) => {
  const [from, to, step] = [start, limit, delta].map(x => x?.content?.[0])
  if (!start || from === undefined || to === undefined || step === undefined) return []
  if (step === 0) throw new Misfit('counts in steps of 0')
  const count = Math.max(Math.ceil((to - from) / step), 0)
  return [withContent(start.type, [count], () => Array.from({ length: count }, (_, i) => from + i * step))]
}

const random: ShapeRule = ({ node }) => {
  const dims = intsAttribute(node, 'shape')
  return dims ? [{ type: TYPE_OF_CODE.get(intAttribute(node, 'dtype', 0)) ?? 'float32', dims }] : []
}

/** Samples of each row of chances, as places. */
const multinomial: ShapeRule = ({ node, inputs: [x] }) => {
  const type = TYPE_OF_CODE.get(intAttribute(node, 'dtype', 0)) ?? 'int32'
  return x ? [{ type, dims: [x.dims[0] ?? 1, intAttribute(node, 'sample_size', 1)] }] : []
}

export const constantShapes: Readonly<Record<string, ShapeRule>> = {
  Constant: constant,
  ConstantOfShape: constantOfShape,
  Multinomial: multinomial,
  RandomNormal: random,
  RandomUniform: random,
  Range: range,
  Shape: shape,
  Size: size,
}
