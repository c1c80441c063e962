import type { RemovableHandle } from './types'

interface Entry<Hook> {
  readonly point: string
  readonly hook: Hook
}

/** Hooks of one kind, in the order of registration. */
export class Registry<Hook> {
  private readonly entries = new Set<Entry<Hook>>()

  /** @param onRemove is told of every removal */
  constructor(private readonly onRemove: () => void) {}

  /** Points that have a hook. */
  get points(): string[] {
    return [...new Set([...this.entries].map(({ point }) => point))]
  }

  add(point: string, hook: Hook): RemovableHandle {
    const entry = { point, hook }
    this.entries.add(entry)
    return {
      remove: () => {
        if (this.entries.delete(entry)) this.onRemove()
      },
    }
  }

  /**
   * The hooks of now at any of `points`. One that is registered later waits for the next time; one that is removed
   * before its turn is not called.
   */
  snapshot(): (points: readonly string[]) => Iterable<Hook> {
    const now = [...this.entries]
    const live = this.entries
    return function* (points) {
      for (const entry of now) if (points.includes(entry.point) && live.has(entry)) yield entry.hook
    }
  }
}
