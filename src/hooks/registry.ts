import type { RemovableHandle } from './types'

/** Hooks of one kind on named points, in the order of registration. */
export class Registry<Hook> {
  private readonly hooks = new Map<string, Set<{ readonly hook: Hook }>>()

  /** Names of the points that have a hook. */
  get points(): string[] {
    return [...this.hooks.keys()]
  }

  add(point: string, hook: Hook): RemovableHandle {
    const entry = { hook }
    const here = this.hooks.get(point) ?? new Set()
    this.hooks.set(point, here.add(entry))
    return {
      remove: () => {
        here.delete(entry)
        if (here.size === 0 && this.hooks.get(point) === here) this.hooks.delete(point)
      },
    }
  }

  /** Those of now: a hook that is registered while they are called waits for the next time. */
  at(point: string): Hook[] {
    return [...(this.hooks.get(point) ?? [])].map(({ hook }) => hook)
  }

  /** Whether a hook that was there is there still: one that an earlier hook removed is not called. */
  has(point: string, hook: Hook): boolean {
    return [...(this.hooks.get(point) ?? [])].some(entry => entry.hook === hook)
  }
}
