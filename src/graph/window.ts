import { HookscopeError } from '../errors'
import { intAttribute, intsAttribute, stringAttribute } from './attributes'
import { type Node, nodeLabel } from './types'

/** The sliding window of a convolution or a pool, everything written out; one entry a spatial axis. */
export interface Window {
  readonly kernel: readonly number[]
  readonly strides: readonly number[]
  readonly dilations: readonly number[]
  /** Padding before and after. May be negative in a file. */
  readonly begin: readonly number[]
  readonly end: readonly number[]
  /** Spatial size of the output. */
  readonly output: readonly number[]
}

/**
 * Resolves `auto_pad`, defaults and `ceil_mode` of Conv, MaxPool, AveragePool and LpPool as ONNX defines them.
 *
 * out = floor or ceil of (in + begin + end − ((kernel − 1)·dilation + 1)) / stride, plus 1. As PyTorch does and ONNX
 * requires since opset 19, a last window that would start in the end padding is left out.
 *
 * @param spatial spatial size of the input
 * @param kernel spatial size of the weight, for Conv without `kernel_shape`
 */
export function windowOf(node: Node, spatial: readonly number[], kernel?: readonly number[]): Window {
  const size = intsAttribute(node, 'kernel_shape') ?? kernel
  if (!size || size.length !== spatial.length)
    throw new HookscopeError(
      'bad-model',
      `${nodeLabel(node)} has a kernel of ${size?.length ?? 0} axes over an input of ${spatial.length}. The file is damaged: export it again.`,
    )
  const ones = spatial.map(() => 1)
  const strides = intsAttribute(node, 'strides') ?? ones
  const dilations = intsAttribute(node, 'dilations') ?? ones
  const pads = intsAttribute(node, 'pads') ?? spatial.flatMap(() => [0, 0])
  const auto = stringAttribute(node, 'auto_pad', 'NOTSET')
  const ceil = intAttribute(node, 'ceil_mode', 0) === 1
  const axes = spatial.map((n, axis) => {
    const stride = strides[axis] ?? 1
    const extent = ((size[axis] ?? 1) - 1) * (dilations[axis] ?? 1) + 1
    if (auto.startsWith('SAME')) {
      const output = Math.ceil(n / stride)
      const total = Math.max((output - 1) * stride + extent - n, 0)
      const small = Math.floor(total / 2)
      return auto === 'SAME_UPPER'
        ? { begin: small, end: total - small, output }
        : { begin: total - small, end: small, output }
    }
    const begin = auto === 'VALID' ? 0 : (pads[axis] ?? 0)
    const end = auto === 'VALID' ? 0 : (pads[axis + spatial.length] ?? 0)
    const steps = (n + begin + end - extent) / stride
    let output = (ceil ? Math.ceil(steps) : Math.floor(steps)) + 1
    if (ceil && (output - 1) * stride >= n + begin) output -= 1
    return { begin, end, output }
  })
  return {
    kernel: size,
    strides,
    dilations,
    begin: axes.map(axis => axis.begin),
    end: axes.map(axis => axis.end),
    output: axes.map(axis => axis.output),
  }
}
