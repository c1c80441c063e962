import type { Answered } from '../analysis/activation'
import type { Entry, NumberOption } from '../attribution/method'
import type { Target } from '../attribution/target'
import type { Explanation } from './explanation'

/** What a metric judges: a method's answer about one picture, in one network. */
export interface Subject {
  /** Size of the network's input. */
  readonly height: number
  readonly width: number
  readonly target: Target
  /** The picture as the network is given it, [C, H, W]. */
  readonly input: Float32Array
  /** The network's, to the picture. */
  readonly answer: Answered
  /** The method's, of the picture. */
  readonly explanation: Explanation
  /** To another input [C, H, W]. Runs the network. @throws HookscopeError `not-finite` */
  answerTo(input: Float32Array): Promise<Answered>
  /**
   * To be awaited between two runs of the network: tells how much of the work is done, and ends it where nobody waits any more.
   *
   * @throws HookscopeError `cancelled`
   */
  progress(done: number, total: number): Promise<void>
}

export interface Measured {
  readonly value: number
  /** What the value is the area under: at equal steps from nothing to all. */
  readonly curve?: readonly number[]
}

/** A number that tells how well a method's answer fits the network. */
export interface Metric extends Entry {
  readonly good: 'higher' | 'lower'
  /** Runs of the network, once the picture has been run and explained. */
  readonly cost: string
  /** Numbers that it can be given; none has the name of a method's. */
  readonly options?: Readonly<Record<string, NumberOption>>
  measure(subject: Subject, options: Readonly<Record<string, number>>): Promise<Measured>
}

/** Gives a metric's file its types. */
export const defineMetric = <M extends Metric>(metric: M): M => metric
