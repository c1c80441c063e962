import { readFileSync } from 'node:fs'

/** The fenced examples of a Markdown file, in order. @param language as written behind the fence */
export function examples(file: string, language: string): string[] {
  const fences = readFileSync(file, 'utf8').matchAll(/^```(\S*)\n([\s\S]*?)^```$/gm)
  return [...fences].flatMap(([, named, text = '']) => (named === language ? [text] : []))
}

/** The only, or the first, of them. */
export function firstExample(file: string, language: string): string {
  const [first] = examples(file, language)
  if (first === undefined) throw new Error(`${file} has no example in ${language}`)
  return first
}
