import { parser } from '@lezer/javascript'

/** Exports of the packages that code may import, by the name of the package. */
export type Modules = Readonly<Record<string, Readonly<Record<string, unknown>>>>

/** The variable that the imports of the code read from. */
export const IMPORTED = 'imported__'

/**
 * Code with each `import … from 'hookscope'` as a `const`, on the same lines: text that becomes a function has no imports.
 *
 * @throws SyntaxError for a package or a name that there is not, and for forms that nobody needs here
 */
export function withoutImports(code: string, modules: Modules): string {
  let [text, end] = ['', 0]
  parser.parse(code).iterate({
    enter: ({ name, from, to }) => {
      if (name !== 'ImportDeclaration') return
      text += code.slice(end, from) + constant(code.slice(from, to), modules)
      end = to
    },
  })
  return text + code.slice(end)
}

function constant(declaration: string, modules: Modules): string {
  const [, names, all, , from = ''] =
    /^import\s*(?:\{([^}]*)\}|\*\s*as\s+([\w$]+))\s*from\s*(['"])(.*?)\3/.exec(declaration) ?? []
  if (names === undefined && all === undefined)
    throw new SyntaxError(`write import { … } from 'hookscope', not ${declaration}`)
  const module = Object.hasOwn(modules, from) ? modules[from] : undefined
  if (!module) throw new SyntaxError(`there is no package '${from}' here, but ${Object.keys(modules).join(' and ')}`)
  const source = `${IMPORTED}[${JSON.stringify(from)}];`
  if (names === undefined) return `const ${all} = ${source}`
  const wanted = names
    .replace(/\/\*.*?\*\/|\/\/.*/g, '')
    .split(',')
    .flatMap(one => one.trim().split(/\s+as\s+/)[0] || [])
  const missing = wanted.find(name => !Object.hasOwn(module, name))
  if (missing !== undefined) throw new SyntaxError(`'${from}' has no “${missing}”`)
  return `const {${names.replace(/\s+as\s+/g, ': ')}} = ${source}`
}
