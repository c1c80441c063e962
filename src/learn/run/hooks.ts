import { isTensor, type ModulePoint, type RemovableHandle, type Tensor, type TensorPoint } from '../../hookscope'
import type { DrawnHook, DrawnTensor, HookKind } from '../protocol'
import { drawn } from './drawn'

type Recorded = Omit<DrawnHook, 'at'>

/** Told at each call what a hook got and, where it returned something, what that was. */
type Note = (before: Tensor | undefined, after: Tensor | undefined) => void

/** Keeps account of the hooks that code registers, and leaves out those that are switched off. */
export class HookRecorder {
  readonly hooks: Recorded[] = []

  constructor(private readonly off: ReadonlySet<number>) {}

  module(path: string, point: ModulePoint): ModulePoint {
    return {
      registerForwardHook: hook =>
        this.register('forward', path, note =>
          point.registerForwardHook(async (module, input, output) => {
            const answer = await hook(module, input, output)
            note(output, tensorOf(answer))
            return answer
          }),
        ),
      registerForwardPreHook: hook =>
        this.register('forward-pre', path, note =>
          point.registerForwardPreHook(async (module, input) => {
            const answer = await hook(module, input)
            note(input[0], tensorOf(answer))
            return answer
          }),
        ),
      registerFullBackwardHook: hook =>
        this.register('backward', path, note =>
          point.registerFullBackwardHook(async (module, gradInput, gradOutput) => {
            const answer = await hook(module, gradInput, gradOutput)
            note(gradInput[0], tensorOf(answer))
            return answer
          }),
        ),
      registerFullBackwardPreHook: hook =>
        this.register('backward', path, note =>
          point.registerFullBackwardPreHook(async (module, gradOutput) => {
            const answer = await hook(module, gradOutput)
            note(gradOutput[0], tensorOf(answer))
            return answer
          }),
        ),
    }
  }

  tensor(name: string, point: TensorPoint): TensorPoint {
    return {
      registerHook: hook =>
        this.register('gradient', name, note =>
          point.registerHook(async grad => {
            const answer = await hook(grad)
            note(grad, tensorOf(answer))
            return answer
          }),
        ),
      retainGrad: () => point.retainGrad(),
    }
  }

  private register(kind: HookKind, point: string, attach: (note: Note) => RemovableHandle): RemovableHandle {
    const id = this.hooks.length
    const off = this.off.has(id)
    const none = { calls: 0, changed: false, before: null, after: null, removed: false }
    this.hooks.push({ id, kind, point, off, ...none })
    const update = (change: (hook: Recorded) => Partial<Recorded>) => {
      const hook = this.hooks[id]
      if (hook) this.hooks[id] = { ...hook, ...change(hook) }
    }
    const handle = off
      ? null
      : attach((before, after) =>
          update(({ calls, changed }) => ({
            calls: calls + 1,
            changed: changed || after !== undefined,
            before: drawnOrNull(before),
            after: drawnOrNull(after),
          })),
        )
    return {
      remove: () => {
        handle?.remove()
        update(() => ({ removed: true }))
      },
    }
  }
}

const drawnOrNull = (tensor: Tensor | undefined): DrawnTensor | null => (tensor ? drawn(tensor) : null)

/** The first tensor that a hook returned; of anything else the library says that it is none. */
function tensorOf(answer: unknown): Tensor | undefined {
  const first: unknown = Array.isArray(answer) ? answer[0] : answer
  return isTensor(first) ? first : undefined
}
