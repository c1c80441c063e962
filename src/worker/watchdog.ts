import { HookscopeError } from '../errors'
import { Bridge, type Port } from './bridge'
import type { Progress } from './protocol'

/**
 * Seconds without an answer after which a file that is read is given up. Reading goes in steps, of which the longest, a
 * network of a hundred million weights on a slow machine, take a few seconds. The engine works in one piece for as long as a
 * network needs, on large ones for minutes: while it may be at work, only a person ends it, or this longer time.
 */
const READING_LIMIT = 20
const READING_LIMIT_AT_WORK = 60

/** Milliseconds in which a worker has to answer that it stops. */
const CANCEL_LIMIT = 1000

/** A file that the worker reads: what it is called, and how far that is. */
export interface Reading {
  readonly name: string
  phase: Progress['phase']
}

/** Whether the engine has not begun with it. */
export const isReading = ({ phase }: Pick<Reading, 'phase'>): boolean => phase === 'download' || phase === 'analyze'

interface Watched {
  /** The file that is read, if one is. */
  reading(): Reading | null
  /** Seconds for which the worker has not answered; null once it does. */
  onSilence(seconds: number | null): void
  /** The worker is to be ended and another brought to where it stood. */
  onLost(reason: HookscopeError): void
}

/** The worker there is. Tells of its silence, and where it is lost. */
export class Watchdog {
  readonly #start: () => Port
  readonly #watched: Watched
  #bridge: Bridge

  constructor(start: () => Port, watched: Watched) {
    this.#start = start
    this.#watched = watched
    this.#bridge = this.#bridgeTo(start())
  }

  get bridge(): Bridge {
    return this.#bridge
  }

  /** Ends the worker and starts another, which holds nothing. */
  restart(reason?: HookscopeError): void {
    this.#bridge.end(reason)
    this.#bridge = this.#bridgeTo(this.#start())
  }

  /** What was asked of the worker was given up: unless it answers at once, it is lost. */
  async stopAtOnce(): Promise<void> {
    const bridge = this.#bridge
    if (!(await bridge.answers(CANCEL_LIMIT)) && bridge === this.#bridge) this.#watched.onLost(cancelled())
  }

  #bridgeTo(port: Port): Bridge {
    const bridge = new Bridge(port, seconds => {
      if (bridge === this.#bridge) this.#hearNothing(seconds)
    })
    return bridge
  }

  /** While a file is read, a worker that is silent for long is ended; else a person is told, who may. */
  #hearNothing(seconds: number): void {
    this.#watched.onSilence(seconds || null)
    const reading = this.#watched.reading()
    if (!reading) return
    const atWork = this.#bridge.pending.some(call => call !== 'inspect' && call !== 'open')
    if (seconds >= (atWork ? READING_LIMIT_AT_WORK : READING_LIMIT))
      this.#watched.onLost(unreadable(reading.name, seconds))
  }
}

export const cancelled = (): HookscopeError => new HookscopeError('cancelled', 'Cancelled.')

function unreadable(name: string, seconds: number): HookscopeError {
  return new HookscopeError(
    'bad-model',
    `${name} could not be read: nothing came of it for ${seconds} s, so that was ended. It is damaged, or too much for this page; everything else is as it was.`,
  )
}
