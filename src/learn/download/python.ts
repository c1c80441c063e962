import type { Lesson } from '../lessons/lesson'

/** The PyTorch side of a lesson as a program of its own. */
export function toPython({ title, text, pytorch }: Lesson, number: number): string {
  const intro = [`Hookscope, lesson ${number}: ${title}`, ...text, NEEDS].map(wrapped).join('\n\n')
  return `"""${intro.replaceAll('\\', '\\\\')}\n"""\n\n${pytorch}\n`
}

export const NEEDS = 'pip install torch torchvision pillow'

/** In lines of at most 100 characters. */
const wrapped = (text: string): string => text.replace(/(.{1,100})(?: +|$)/g, '$1\n').trimEnd()
