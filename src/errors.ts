/**
 * What can go wrong for a user, as a closed set. The code says what kind of thing was asked for and could
 * not be had; the message is one sentence for a person: what was wrong, where, and what to do.
 */
export const ERROR_CODES = [
  'bad-argument',
  'unknown-model',
  'bad-model',
  'model-unavailable',
  'unsupported-op',
  'unknown-layer',
  'no-gradient',
  'no-spatial-extent',
  'unknown-class',
  'no-cam-head',
  'not-finite',
  'bad-picture',
  'hook-failed',
  'engine-failed',
  'cancelled',
] as const

export type ErrorCode = (typeof ERROR_CODES)[number]

/** The one error that Hookscope throws on purpose; anything else is a fault of the program. */
export class HookscopeError extends Error {
  override readonly name = 'HookscopeError'

  constructor(
    readonly code: ErrorCode,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options)
  }
}
