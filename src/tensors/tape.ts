import type { Tensor } from '../hooks/types'

/** How a gradient goes from a tensor back to one that it was made of. */
export interface Step {
  readonly from: Tensor
  back(grad: Tensor): Tensor
}

/** The steps that made each tensor; none for constants. A tensor that is not here was made by hand. */
const TAPE = new WeakMap<Tensor, readonly Step[]>()

/** Notes what a tensor was made of, for reverse-mode differentiation. */
export function record(made: Tensor, steps: readonly Step[]): Tensor {
  TAPE.set(made, steps)
  return made
}

/**
 * The transposed derivative of a recorded tensor by another: from the gradient at `made` to that at `base`. Other tensors that
 * were made by hand count as constants, as detached ones do in torch; of constants alone the derivative is 0. Undefined where
 * all was made by hand, or `base` went through something that was.
 */
export function backwardTo(made: Tensor, base: Tensor): Tensor['backward'] {
  const order = inOrder(made)
  if (!order.includes(base) && !order.every(tensor => TAPE.has(tensor))) return undefined
  if (!TAPE.has(made)) return undefined
  return grad => {
    const gradients = new Map<Tensor, Tensor>([[made, grad]])
    for (const tensor of order) {
      const gradient = gradients.get(tensor)
      if (!gradient) continue
      for (const { from, back } of TAPE.get(tensor) ?? []) gradients.set(from, sum(gradients.get(from), back(gradient)))
    }
    return gradients.get(base) ?? { dims: base.dims, data: new Float32Array(base.data.length) }
  }
}

/** A tensor and all that it was made of, each before what it was made of. */
function inOrder(made: Tensor): Tensor[] {
  const order: Tensor[] = []
  const seen = new Set<Tensor>()
  const visit = (tensor: Tensor): void => {
    if (seen.has(tensor)) return
    seen.add(tensor)
    for (const { from } of TAPE.get(tensor) ?? []) visit(from)
    order.push(tensor)
  }
  visit(made)
  return order.reverse()
}

const sum = (a: Tensor | undefined, b: Tensor): Tensor =>
  a ? { dims: a.dims, data: a.data.map((value, i) => value + (b.data[i] ?? 0)) } : b
