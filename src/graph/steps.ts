import { HookscopeError } from '../errors'

/** Long work in steps: each gives the share that is done, 0..1, and whoever drives them may rest or stop between two. */
export type Steps<T> = Generator<number, T, void>

/** Does all steps at once. */
export function finish<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value
  }
}

/** Steps as a part of longer work: their 0..1 becomes `from`..`to`. */
export function* part<T>(steps: Steps<T>, from: number, to: number): Steps<T> {
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value
    yield from + step.value * (to - from)
  }
}

/** Who waits for long work. */
export interface Watch {
  readonly signal?: { readonly aborted: boolean } | undefined
  /** Called between two turns with the share that is done, 0..1. */
  readonly onProgress?: ((done: number) => void) | undefined
}

/** Who waits for longer work, of which this is a part. */
export const within = ({ signal, onProgress }: Watch, from: number, to: number): Watch => ({
  signal,
  onProgress: done => onProgress?.(from + done * (to - from)),
})

/** Milliseconds of work before others have their turn: messages, a signal, what is drawn. */
const TURN = 100

/** Does the steps in turns. @throws HookscopeError `cancelled` */
export async function inTurns<T>(steps: Steps<T>, { signal, onProgress }: Watch = {}): Promise<T> {
  let began = Date.now()
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value
    if (Date.now() - began < TURN) continue
    onProgress?.(step.value)
    await letOthersIn()
    if (signal?.aborted) throw new HookscopeError('cancelled', 'Cancelled.')
    began = Date.now()
  }
}

/** Messages and interrupts come in between two pieces of work. */
export const letOthersIn = (): Promise<void> => new Promise(resolve => void setTimeout(resolve, 0))

declare function setTimeout(run: () => void, milliseconds: number): unknown
