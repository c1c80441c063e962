/**
 * The errors that a user can meet, as a closed set. The code says what kind of thing was asked for and could
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
  'engine-lost',
  'cancelled',
  'fault',
] as const

export type ErrorCode = (typeof ERROR_CODES)[number]

/**
 * The one error that Hookscope throws on purpose; anything else is a fault of the program. Names that the message takes
 * from a file are made printable.
 */
export class HookscopeError extends Error {
  override readonly name = 'HookscopeError'
  /** The engine's own words. */
  readonly detail?: string

  constructor(
    readonly code: ErrorCode,
    message: string,
    options?: ErrorDetails,
  ) {
    super(shortened(printable(message)), options?.cause === undefined ? undefined : { cause: options.cause })
    if (options?.detail) this.detail = shortened(printable(options.detail))
  }
}

interface ErrorDetails {
  readonly cause?: unknown
  /** Another program's own words, for who wants to know more than the sentence. */
  readonly detail?: string | undefined
}

/** Characters that move a cursor or turn the direction of writing (Unicode's Bidi_Control). */
const UNSEEN = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu

/** A text of a file, with what would act on a terminal or a page written out: `\u202e`. */
export const printable = (text: string): string =>
  text.search(UNSEEN) < 0
    ? text
    : text.replace(/[\t\n\v\f\r]+/g, ' ').replace(UNSEEN, c => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)

/** Characters of a sentence: a file may hold names of a million. */
const LONGEST = 2000

/** The end stays, for it says what to do. */
const shortened = (text: string): string =>
  text.length <= LONGEST ? text : `${text.slice(0, LONGEST - 500)} … ${text.slice(-500)}`
