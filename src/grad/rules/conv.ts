import { int, intAttribute, ints, intsAttribute, stringAttribute } from '../../graph/attributes'
import { sizeOf } from '../../graph/tensors'
import type { Node } from '../../graph/types'
import { type Window, windowNumbers, windowOf } from '../../graph/window'
import type { Rule, RuleScope } from '../rule'

/** Y = W ∗ X + B over N pictures, M output channels and any number of spatial axes. */
const Conv: Rule = scope => {
  const { node, emit, I, GO, wants } = scope
  const spatial = emit.shape(I(0)).slice(2)
  const window = windowOf(node, spatial, emit.shape(I(1)).slice(2))
  const places = spatial.map((_, axis) => axis + 2)
  return [
    wants(0) ? inputGradient(scope, window) : null,
    wants(1) ? weightGradient(scope, { x: I(0), dY: GO, window }) : null,
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
function weightGradient(
  { node, emit }: RuleScope,
  { x: input, dY: gradient, window }: { x: string; dY: string; window: Omit<Window, 'output'> },
): string {
  const [pictures = 1, channels = 1, ...spatial] = emit.shape(input)
  const out = emit.shape(gradient).slice(2)
  const group = intAttribute(node, 'group', 1)
  const places = spatial.map((_, axis) => axis + 3)
  const split = emit.reshape(input, [pictures, group, channels / group, ...spatial])
  const moved = emit.op('Transpose', [split], { perm: ints([2, 1, 0, ...places]) })
  const x = emit.reshape(moved, [channels / group, group * pictures, ...spatial])
  const dY = emit.op('Transpose', [gradient], { perm: ints([1, 0, ...places.map(axis => axis - 1)]) })
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

/**
 * Y = ConvTranspose(X, W) is the gradient of a convolution from Y's places to X's, so dX = Conv(dY, W) with the same
 * attributes, and dW is that convolution's with X in the place of its gradient. Rows of Y that no window reached to the
 * end of (`output_padding`) are cut off.
 */
const ConvTranspose: Rule = scope => {
  const { node, emit, I, O, GO, wants } = scope
  const spatial = emit.shape(I(0)).slice(2)
  const whole = emit.shape(O).slice(2)
  const { size, strides, dilations, pads } = windowNumbers(node, spatial.length, emit.shape(I(1)).slice(2))
  const reach = spatial.map((n, i) => (n - 1) * (strides[i] ?? 1) + ((size[i] ?? 1) - 1) * (dilations[i] ?? 1) + 1)
  const begin = spatial.map((_, i) => transposedBegin(node, i, pads[i] ?? 0, (reach[i] ?? 0) - (whole[i] ?? 0)))
  const read = reach.map((n, i) => Math.min(n - (begin[i] ?? 0), whole[i] ?? 0))
  const end = reach.map((n, i) => n - (begin[i] ?? 0) - (read[i] ?? 0))
  const axes = spatial.map((_, i) => i + 2)
  const isWhole = read.every((n, i) => n === whole[i])
  const dY = isWhole
    ? GO
    : emit.slice(
        GO,
        axes,
        spatial.map(() => 0),
        read,
      )
  const window = { kernel: size, strides, dilations, begin, end }
  const attributes = {
    kernel_shape: ints(size),
    strides: ints(strides),
    dilations: ints(dilations),
    pads: ints([...begin, ...end]),
    group: int(intAttribute(node, 'group', 1)),
  }
  return [
    wants(0) ? emit.op('Conv', [dY, I(1)], attributes) : null,
    wants(1) ? weightGradient(scope, { x: dY, dY: I(0), window }) : null,
    wants(2) ? emit.reshape(emit.reduce('ReduceSum', GO, [0, ...axes], false), emit.shape(I(2))) : null,
  ]
}

/** Padding before, which `output_shape` and `auto_pad` leave to be worked out of all that is missing, as ONNX Runtime does. */
function transposedBegin(node: Node, axis: number, written: number, missing: number): number {
  const auto = stringAttribute(node, 'auto_pad', 'NOTSET')
  if (auto === 'VALID') return 0
  if (auto === 'NOTSET' && !node.attributes.has('output_shape')) return written
  const total = Math.max(missing + (intsAttribute(node, 'output_padding')?.[axis] ?? 0), 0)
  return auto === 'SAME_UPPER' ? Math.floor(total / 2) : Math.ceil(total / 2)
}

export const convRules = { Conv, ConvTranspose }
