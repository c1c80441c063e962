/** One page of Learn. */
export interface Lesson {
  readonly title: string
  /** Paragraphs; what stands in backticks is code. */
  readonly text: readonly string[]
  /** What to try, a sentence each. */
  readonly tasks: readonly string[]
  readonly code: string
  /** Of a lesson that takes a while: what it does, said before the first run. The others run when they are opened. */
  readonly wait?: string
}

/** Code as it is written in a lesson's file, without the first line's end. */
export const code = (text: TemplateStringsArray): string => text.raw.join('').replace(/^\n/, '').trimEnd()
