import { intAttribute, intsAttribute, stringAttribute } from './attributes'
import { atNode, wholes } from './numbers'
import type { Node } from './types'

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

/** Places that a window may reach over: more is no picture's. */
const WIDEST = 2 ** 16

/** A window's numbers as the file has them, one for each spatial axis, pads two. @throws HookscopeError `bad-model` */
export function windowNumbers(node: Node, axes: number, kernel: readonly number[] = []) {
  const read = (name: string, what: string, absent: readonly number[], count = axes, least = 1) =>
    wholes(intsAttribute(node, name) ?? absent, what, { count, least, most: WIDEST })
  const ones = new Array<number>(axes).fill(1)
  return atNode(node, () => ({
    size: read('kernel_shape', 'the kernel size', kernel),
    strides: read('strides', 'the stride', ones),
    dilations: read('dilations', 'the dilation', ones),
    pads: read('pads', 'the padding', new Array<number>(2 * axes).fill(0), 2 * axes, -WIDEST),
  }))
}

/**
 * Resolves `auto_pad`, defaults and `ceil_mode` of Conv, MaxPool, AveragePool and LpPool as ONNX defines them.
 *
 * out = floor or ceil of (in + begin + end − ((kernel − 1)·dilation + 1)) / stride, plus 1. As PyTorch does and ONNX
 * requires since opset 19, a last window that would start in the end padding is left out.
 *
 * @param spatial spatial size of the input
 * @param kernel spatial size of the weight, for Conv without `kernel_shape`
 * @throws HookscopeError `bad-model` for numbers that cannot be
 */
export function windowOf(node: Node, spatial: readonly number[], kernel?: readonly number[]): Window {
  const { size, strides, dilations, pads } = windowNumbers(node, spatial.length, kernel)
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
