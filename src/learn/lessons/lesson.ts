/** One page of Learn. */
export interface Lesson {
  readonly title: string
  /** Paragraphs; what stands in backticks is code. */
  readonly text: readonly string[]
  readonly tasks: readonly Task[]
  readonly code: string
  /** The same in PyTorch, as a program of its own. */
  readonly pytorch: string
  /** Of a lesson that takes a while: what it does, said before the first run. The others run when they are opened. */
  readonly wait?: string
}

/** Something to try, and its hidden answer. */
export interface Task {
  /** A sentence or two. */
  readonly ask: string
  /** Pieces of the lesson's code and what is written in their place; none where a switch does it. */
  readonly edits: readonly (readonly [piece: string, instead: string])[]
  /** The result, and why. */
  readonly answer: string
}

/** Code as it is written in a lesson's file, without the first line's end. */
export const code = (text: TemplateStringsArray): string => text.raw.join('').replace(/^\n/, '').trimEnd()

/** The lesson's code with a task's answer written in. */
export const solved = (lesson: Lesson, { edits }: Task): string =>
  edits.reduce((text, [piece, instead]) => text.replace(piece, () => instead), lesson.code)
