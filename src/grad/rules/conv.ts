import { int, intAttribute, ints } from '../../graph/attributes'
import { sizeOf } from '../../graph/tensors'
import { type Window, windowOf } from '../../graph/window'
import type { Rule, RuleScope } from '../rule'

/** Y = W ∗ X + B over N pictures, M output channels and any number of spatial axes. */
const Conv: Rule = scope => {
  const { node, emit, I, GO, wants } = scope
  const spatial = emit.shape(I(0)).slice(2)
  const window = windowOf(node, spatial, emit.shape(I(1)).slice(2))
  const places = spatial.map((_, axis) => axis + 2)
  return [
    wants(0) ? inputGradient(scope, window) : null,
    wants(1) ? weightGradient(scope, window) : null,
    wants(2) ? emit.reshape(emit.reduce('ReduceSum', GO, [0, ...places], false), emit.shape(I(2))) : null,
  ]
}

/**
 * dX = ConvTranspose(dY, W) with the convolution's own strides, pads, dilations and group; W as it is.
 * The forward pass drops (H + pads − extent) mod stride rows at the end, which `output_padding` gives back:
 * H − ((OH − 1)·stride + extent − pads).
 */
function inputGradient({ node, emit, I, GO }: RuleScope, window: Window): string {
  const { kernel, strides, dilations, begin, end, output } = window
  const outputPadding = emit
    .shape(I(0))
    .slice(2)
    .map((size, axis) => {
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
}

/**
 * dW[m, c, k] = Σ_{n, o} dY[n, m, o] · X[n, c, o·stride + k·dilation − pad]: a convolution of X with dY in which
 * channels and pictures change places, and stride and dilation too. With g groups X becomes [C/g, g·N, …] and dY
 * [M, N, …]. Rows that the forward pass dropped give places past the kernel, which are cut off.
 */
function weightGradient({ node, emit, I, GO }: RuleScope, window: Window): string {
  const [pictures = 1, channels = 1, ...spatial] = emit.shape(I(0))
  const out = emit.shape(GO).slice(2)
  const group = intAttribute(node, 'group', 1)
  const places = spatial.map((_, axis) => axis + 3)
  const split = emit.reshape(I(0), [pictures, group, channels / group, ...spatial])
  const moved = emit.op('Transpose', [split], { perm: ints([2, 1, 0, ...places]) })
  const x = emit.reshape(moved, [channels / group, group * pictures, ...spatial])
  const dY = emit.op('Transpose', [GO], { perm: ints([1, 0, ...places.map(axis => axis - 1)]) })
  const whole = emit.op('Conv', [x, dY], {
    kernel_shape: ints(out),
    strides: ints(window.dilations),
    dilations: ints(window.strides),
    pads: ints([...window.begin, ...window.end]),
    group: int(group),
  })
  const kernelAxes = spatial.map((_, axis) => axis + 2)
  const fits = sizeOf(emit.shape(whole).slice(2)) === sizeOf(window.kernel)
  const cut = fits
    ? whole
    : emit.slice(
        whole,
        kernelAxes,
        spatial.map(() => 0),
        window.kernel,
      )
  return emit.op('Transpose', [cut], { perm: ints([1, 0, ...kernelAxes]) })
}

export const convRules = { Conv }
