import { parser } from '@lezer/javascript'
import { cut, wordsOf } from '../../cut'
import { HookscopeError } from '../../hookscope'
import { LIMITS } from '../limits'
import type { Outcome } from '../protocol'

type Failure = NonNullable<Outcome['failure']>

/** The name under which stacks show the code. */
export const FILE = 'lesson.js'

/** Lines that the language writes before the body of a function made from text. */
const HEADER = 2

/** Why code broke off, as a sentence, and in which of its lines. */
export function describeFailure(error: unknown): Failure {
  const line = lineOf(error)
  if (error instanceof HookscopeError) return { message: cut(wordsOf(error.message), LIMITS.text), line }
  if (error instanceof Error) return { message: sentence(`${error.name}: ${error.message}`), line }
  return { message: sentence(`The code threw ${wordsOf(error)}`), line }
}

/** Code that cannot be read: the engines do not say where, so a parser does. */
export function describeSyntaxError(error: SyntaxError, code: string): Failure {
  let line: number | null = null
  parser.parse(code).iterate({
    enter: ({ type, from }) => {
      if (type.isError) line ??= code.slice(0, from).split('\n').length
    },
  })
  return { message: sentence(`The code cannot be read: ${error.message}`), line }
}

/** Of a hook's error the line in the hook, else where the code stood. */
function lineOf(error: unknown): number | null {
  if (!(error instanceof Error)) return null
  const [, line] = new RegExp(`${FILE}:(\\d+)`).exec(cut(wordsOf(error.stack), LIMITS.text)) ?? []
  return lineOf(error.cause) ?? (line === undefined ? null : Math.max(1, Number(line) - HEADER))
}

function sentence(text: string): string {
  const told = cut(text, LIMITS.text)
  return /[.!?]$/.test(told) ? told : `${told}.`
}
