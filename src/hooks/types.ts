/** Values as JavaScript has them: row-major float32. A hook gets copies; to change something it returns a new one. */
export interface Tensor {
  readonly dims: readonly number[]
  readonly data: Float32Array
  /**
   * On a tensor that a forward hook returns: how a gradient goes back through the change, from the gradient with respect
   * to this tensor to that with respect to what it replaces. A tensor that `add`, `mul`, `relu` and the like made of what the
   * hook got has it by itself. Without it the gradient passes unchanged ("straight through"), for a hook is JavaScript
   * that nobody can differentiate.
   */
  readonly backward?: (grad: Tensor) => Tensor
}

/** The module that a hook stands on, as the hook is told of it. */
export interface Module {
  /** `layer1.0.relu`; empty for the network itself. */
  readonly path: string
  /** Which call of the module this is, from 0. */
  readonly call: number
  /** ONNX types of the operators inside, in order. */
  readonly ops: readonly string[]
}

/** A hook may read (and return nothing) or change (and return what takes the place). Promises are awaited. */
// biome-ignore lint/suspicious/noConfusingVoidType: a hook that only reads has no return statement
type Answer<T> = T | undefined | void | Promise<T | undefined | void>

/** As torch's `register_forward_hook`: sees what a module got and gave. A returned tensor takes the output's place. */
export type ForwardHook = (module: Module, input: readonly Tensor[], output: Tensor) => Answer<Tensor>

/** As `register_forward_pre_hook`: sees what a module gets, and may replace all of it; a single input by a bare tensor. */
export type ForwardPreHook = (module: Module, input: readonly Tensor[]) => Answer<Tensor | readonly Tensor[]>

/**
 * As `register_full_backward_hook`: sees the gradients with respect to a module's inputs, through this module alone,
 * and with respect to its output, and may replace the first; that of a single input by a bare tensor.
 */
export type FullBackwardHook = (
  module: Module,
  gradInput: readonly Tensor[],
  gradOutput: readonly Tensor[],
) => Answer<Tensor | readonly Tensor[]>

/**
 * As `register_full_backward_pre_hook` (torch 2.0 on): sees the gradient with respect to a module's output before it goes back
 * through the module, and may replace it; what it returns is the `gradOutput` of the hooks after it.
 */
export type FullBackwardPreHook = (module: Module, gradOutput: readonly Tensor[]) => Answer<Tensor | readonly Tensor[]>

/** As `Tensor.register_hook`: sees the gradient with respect to a value or parameter, and may replace it. */
export type TensorHook = (grad: Tensor) => Answer<Tensor>

/** As torch's: `remove` may be called at any time, also inside the hook, and more than once. */
export interface RemovableHandle {
  remove(): void
}
