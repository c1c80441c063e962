import { freeNames } from '../free-names'
import type { Lesson } from '../lessons/lesson'
import { EXPORTS } from './exports'
import helpers from './node.mjs?raw'

/** The code as a module for Node: it imports what Learn has in scope, and brings the functions that Learn adds. */
export function toModule({ title }: Pick<Lesson, 'title'>, number: number, code: string): string {
  const names = freeNames(code)
  const imports = Object.entries(EXPORTS).flatMap(([from, known]) => {
    const used = known.filter(name => names.has(name))
    return used.length > 0 ? `import { ${used.join(', ')} } from '${from}'` : []
  })
  const added = helpersOf(names)
  return `${[
    `// Hookscope, lesson ${number}: ${title}\n// npm i hookscope onnxruntime-web sharp hookscope-networks\n// node ${fileName(number, 'mjs')}`,
    [...imports, code].join(code.startsWith('import') ? '\n' : '\n\n'),
    ...(added.length > 0 ? ['// What Learn has in scope besides:', ...added] : []),
  ].join('\n\n')}\n`
}

export const fileName = (number: number, ending: string): string => `lesson-${number}.${ending}`

/** The functions that code calls, and those that these call. */
function helpersOf(names: ReadonlySet<string>): string[] {
  const all = helpers
    .replace(/^export /gm, '')
    .trim()
    .split(/\n\n(?=\/\*\*)/)
    .map(text => ({ text, name: /function (\w+)/.exec(text)?.[1] ?? '', calls: freeNames(text) }))
  const wanted = new Set(names)
  for (let size = -1; size !== wanted.size; ) {
    size = wanted.size
    for (const { name, calls } of all) if (wanted.has(name)) for (const called of calls) wanted.add(called)
  }
  return all.filter(({ name }) => wanted.has(name)).map(({ text }) => text)
}
