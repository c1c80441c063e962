/** Milliseconds between two pings. */
const INTERVAL = 1000

/**
 * How long a worker has not answered, in seconds that the page itself was awake for: a tab in the background, or a machine
 * that slept, counts nothing.
 */
export class Silence {
  readonly #ping: () => void
  readonly #told: (seconds: number) => void
  #timer: ReturnType<typeof setInterval> | null = null
  #last = 0
  /** Since the ping that is not answered; null where all are. */
  #seconds: number | null = null

  /** @param told is called every second that the worker has not answered, and with 0 when it does again */
  constructor(ping: () => void, told: (seconds: number) => void) {
    this.#ping = ping
    this.#told = told
  }

  start(): void {
    if (this.#timer !== null) return
    this.#last = performance.now()
    this.#seconds = 0
    this.#ping()
    this.#timer = setInterval(() => this.#tick(), INTERVAL)
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#timer = null
    this.heard()
  }

  /** The worker sent something. */
  heard(): void {
    if (this.#seconds) this.#told(0)
    this.#seconds = null
  }

  #tick(): void {
    const now = performance.now()
    const awake = now - this.#last < 3 * INTERVAL
    this.#last = now
    if (this.#seconds === null || !awake) {
      this.#seconds ??= 0
      this.#ping()
    } else this.#told(++this.#seconds)
  }
}
