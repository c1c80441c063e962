import { int, intAttribute, ints } from '../../graph/attributes'
import { windowOf } from '../../graph/window'
import { onlyFirst, type Rule } from '../rule'

/**
 * dX = ConvTranspose(dY, W) with the convolution's own strides, pads, dilations and group; W as it is.
 * The forward pass drops (H + pads − extent) mod stride rows at the end, which `output_padding` gives back:
 * H − ((OH − 1)·stride + extent − pads).
 */
const Conv: Rule = onlyFirst(({ node, emit, I, GO }) => {
  const spatial = emit.shape(I(0)).slice(2)
  const { kernel, strides, dilations, begin, end, output } = windowOf(node, spatial, emit.shape(I(1)).slice(2))
  const outputPadding = spatial.map((size, axis) => {
    const extent = ((kernel[axis] ?? 1) - 1) * (dilations[axis] ?? 1) + 1
    const covered = ((output[axis] ?? 1) - 1) * (strides[axis] ?? 1) + extent - (begin[axis] ?? 0) - (end[axis] ?? 0)
    return size - covered
  })
  return emit.op('ConvTranspose', [GO, I(1)], {
    kernel_shape: ints(kernel),
    strides: ints(strides),
    dilations: ints(dilations),
    pads: ints([...begin, ...end]),
    output_padding: ints(outputPadding),
    group: int(intAttribute(node, 'group', 1)),
  })
})

export const convRules = { Conv }
