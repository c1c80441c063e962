import { parser } from '@lezer/javascript'

/** What is declared within these is known there alone. */
const INNER = new Set(['Block', 'ParamList', 'ClassBody', 'ForSpec', 'ForInSpec', 'ForOfSpec'])

/** Names that code reads and neither declares at its top nor imports. */
export function freeNames(code: string): ReadonlySet<string> {
  const [read, own] = [new Set<string>(), new Set<string>()]
  let depth = 0
  let importing = false
  parser.parse(code).iterate({
    enter: node => {
      const { name, from, to } = node
      if (INNER.has(name)) depth++
      if (name === 'ImportDeclaration') importing = true
      if (name === 'VariableDefinition' && depth === 0) own.add(code.slice(from, to))
      const isShort = name === 'PropertyDefinition' && node.node.parent?.from === from && node.node.parent.to === to
      if ((name === 'VariableName' && !importing) || isShort) read.add(code.slice(from, to))
    },
    leave: ({ name }) => {
      if (INNER.has(name)) depth--
      if (name === 'ImportDeclaration') importing = false
    },
  })
  return new Set([...read].filter(name => !own.has(name)))
}
