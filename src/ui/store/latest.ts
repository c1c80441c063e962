/** Of each kind of work only the latest counts: beginning one aborts the one before. */
export class Latest<Kind extends string> {
  readonly #running = new Map<Kind, AbortController>()

  begin(kind: Kind): AbortSignal {
    this.stop(kind)
    const controller = new AbortController()
    this.#running.set(kind, controller)
    return controller.signal
  }

  stop(...kinds: Kind[]): void {
    for (const kind of kinds) {
      this.#running.get(kind)?.abort()
      this.#running.delete(kind)
    }
  }
}
