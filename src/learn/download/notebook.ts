import type { Lesson } from '../lessons/lesson'
import { NEEDS } from './python'

/**
 * A lesson as a Jupyter notebook (nbformat 4.5): its text, PyTorch's code to run, Hookscope's beside it, tasks and answers.
 *
 * @param code the lesson's, as it stands in the editor
 */
export function toNotebook({ title, text, pytorch, tasks }: Lesson, number: number, code: string): string {
  const cells = [
    markdown(`# ${number}. ${title}`, ...text),
    program(`# ${NEEDS}\n${pytorch}`),
    markdown('The same in Hookscope’s Learn, which the tasks speak of:', `\`\`\`js\n${code}\n\`\`\``),
    markdown('## To try'),
    ...tasks.map(({ ask, answer }) => markdown(ask, `<details><summary>Answer</summary>\n\n${answer}\n\n</details>`)),
  ]
  const notebook = {
    nbformat: 4,
    nbformat_minor: 5,
    metadata: {
      kernelspec: { name: 'python3', display_name: 'Python 3', language: 'python' },
      language_info: { name: 'python' },
      title: `Hookscope, lesson ${number}: ${title}`,
    },
    cells: cells.map((cell, i) => ({ id: `cell-${i}`, ...cell })),
  }
  return `${JSON.stringify(notebook, null, 1)}\n`
}

const markdown = (...paragraphs: readonly string[]) => ({
  cell_type: 'markdown',
  metadata: {},
  source: lines(paragraphs.join('\n\n')),
})

const program = (code: string) => ({
  cell_type: 'code',
  metadata: {},
  execution_count: null,
  outputs: [],
  source: lines(code),
})

/** Each line with its end, as Jupyter writes them. */
const lines = (text: string): string[] => text.split(/(?<=\n)/)
