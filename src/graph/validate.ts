import { HookscopeError } from '../errors'
import { intAttribute, intsAttribute } from './attributes'
import type { GraphIndex } from './graph-index'
import { atNode } from './numbers'
import type { ValueInfo } from './shapes'
import { ELEMENT_BYTES, sizeOf } from './tensors'
import { type Node, nodeLabel } from './types'

type Dims = readonly number[]

/** Bytes of the largest value that an engine of 4 GB can work with. */
const LARGEST = 2 ** 31

/**
 * Whether weights fit what they are applied to, and whether every value fits into memory: what a damaged or hostile
 * file gets wrong is said before anything is made of it.
 *
 * @throws HookscopeError `bad-model`; the sentence names the node
 */
export function validate(graphIndex: GraphIndex, shapes: ReadonlyMap<string, ValueInfo>): void {
  for (const node of graphIndex.nodes) {
    for (const output of node.outputs) {
      const known = shapes.get(output)
      if (known && sizeOf(known.dims) * ELEMENT_BYTES[known.type] > LARGEST)
        throw new HookscopeError(
          'bad-model',
          `${nodeLabel(node)} makes a value of [${known.dims.join(', ')}], more than 2 GB. Choose a smaller network or picture.`,
        )
    }
    const inputs = node.inputs.map(input => shapes.get(input)?.dims)
    const rule = node.domain === '' && Object.hasOwn(FITS, node.op) ? FITS[node.op] : undefined
    if (!rule || inputs.some((dims, i) => node.inputs[i] && !dims)) continue
    if (atNode(node, () => rule(node, inputs))) continue
    const listed = inputs.flatMap(dims => (dims ? [`[${dims.join(', ')}]`] : []))
    throw new HookscopeError(
      'bad-model',
      `${nodeLabel(node)} is given ${listed.join(', ') || 'nothing'}, which do not fit together. The file is damaged: export it again.`,
    )
  }
}

const FITS: Readonly<Record<string, (node: Node, inputs: readonly (Dims | undefined)[]) => boolean>> = {
  Conv: (node, [x = [], w = [], b]) => {
    const group = intAttribute(node, 'group', 1)
    const kernel = intsAttribute(node, 'kernel_shape') ?? w.slice(2)
    const [filters = 0, depth = 0] = w
    return (
      x.length > 2 &&
      w.length === x.length &&
      group >= 1 &&
      depth * group === x[1] &&
      filters % group === 0 &&
      kernel.every((size, axis) => size === w[axis + 2]) &&
      (!b || isRow(b, filters))
    )
  },
  ConvTranspose: (_, [x = [], w = []]) => x.length > 2 && w.length === x.length && w[0] === x[1],
  MaxPool: (_, [x = []]) => x.length > 2,
  AveragePool: (_, [x = []]) => x.length > 2,
  /** Until opset 9 there was a form with numbers for each place. */
  BatchNormalization: (node, [x = [], ...rest]) => {
    const each = intAttribute(node, 'spatial', 1) === 1 ? x.slice(1, 2) : x.slice(1)
    return rest.length === 4 && rest.every(dims => dims?.length === each.length && dims.every((n, i) => n === each[i]))
  },
  InstanceNormalization: (_, [x = [], ...rest]) =>
    rest.length === 2 && rest.every(dims => isRow(dims ?? [], x[1] ?? 1)),
  Gemm: (node, [a = [], b = []]) =>
    a.length === 2 &&
    b.length === 2 &&
    a[intAttribute(node, 'transA', 0) ? 0 : 1] === b[intAttribute(node, 'transB', 0) ? 1 : 0],
  MatMul: (_, [a = [], b = []]) => a.length > 0 && b.length > 0 && a.at(-1) === (b.length > 1 ? b.at(-2) : b[0]),
  Concat: (node, inputs) => {
    const [first = []] = inputs
    const axis = intAttribute(node, 'axis', 1)
    const along = axis < 0 ? axis + first.length : axis
    return (
      along >= 0 &&
      along < first.length &&
      inputs.every(dims => dims?.length === first.length && dims.every((size, i) => i === along || size === first[i]))
    )
  },
}

const isRow = (dims: Dims, size: number): boolean => dims.length === 1 && dims[0] === size
