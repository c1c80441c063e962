import type { Graph } from '../../graph/types'
import type { Preprocessing, ResizeRule } from '../../image/types'
import { fileLabels, graphLabels, LABEL_FILES, metadataLabels } from './labels'
import { readSizes } from './literal'
import { config, processor } from './settings'
import { describe, type Statement, type Subject } from './statement'
import { ultralytics } from './ultralytics'
import { windowsMl } from './windows-ml'

/** Statements of a file, and of the files beside it, about how to use it. */
export interface Said {
  readonly preprocessing: Partial<Omit<Preprocessing, 'layout'>>
  readonly resize?: ResizeRule
  readonly labels?: { readonly name: string; readonly names: readonly string[] }
  /** All that was said, in the order of what goes first, and what of it cannot be followed. */
  readonly sentences: readonly string[]
}

/** Gives a file beside the network by its name; undefined where there is none. */
export type ReadText = (name: string) => Promise<string | undefined>

/**
 * What is said goes in this order: the network's own operators (ZipMap), the file's metadata (Windows ML's, Ultralytics',
 * names), `preprocessor_config.json`, `config.json`, a file of labels. Names that are not as many as the classes are said and not used.
 */
export async function readSaid(graph: Graph, subject: Subject, classes: number, read: ReadText): Promise<Said> {
  const { metadata = new Map<string, string>() } = graph
  const theirs = ultralytics(metadata, subject)
  const statements = [
    graphLabels(graph),
    windowsMl(metadata, subject),
    theirs,
    theirs?.names ? undefined : metadataLabels(metadata),
    processor(await json(read, 'preprocessor_config.json'), subject),
    config(await json(read, 'config.json'), subject),
  ].filter(found => found !== undefined)
  for (const name of LABEL_FILES) {
    const text = await read(name)
    const found = text === undefined ? undefined : fileLabels(name, text)
    if (found) statements.push(found)
  }
  return together(statements, subject, classes)
}

async function json(read: ReadText, name: string): Promise<unknown> {
  const text = await read(name)
  if (text === undefined) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function together(statements: readonly Statement[], subject: Subject, classes: number): Said {
  const sentences: string[] = []
  let preprocessing: Said['preprocessing'] = {}
  let resize: ResizeRule | undefined
  let labels: Said['labels']
  for (const statement of statements) {
    const { source, names, unfollowed = [] } = statement
    const words = describe(statement)
    if (words) sentences.push(`${source}: ${words}.`)
    sentences.push(...unfollowed.map(sentence => `${source}: ${sentence}`))
    preprocessing = { ...statement.preprocessing, ...preprocessing }
    resize ??= statement.resize
    if (!names) continue
    const first = names.slice(0, 3).join(', ')
    const fits = names.length === classes
    if (fits && labels) continue
    sentences.push(
      fits
        ? `${source}: its classes are ${first}${classes > 3 ? ', …' : ''}.`
        : `${source}: it names ${names.length} classes (${first}, …), and the network has ${classes}: they are not used.`,
    )
    if (fits) labels = { name: source, names }
  }
  const fitted = fitSize(preprocessing, subject, sentences)
  return { preprocessing: fitted, ...(resize && { resize }), ...(labels && { labels }), sentences }
}

/** A size that the file fixes goes before one that is said; a short side that is said goes along. */
function fitSize(of: Said['preprocessing'], { size, openSize }: Subject, sentences: string[]): Said['preprocessing'] {
  const { size: said, shortSide, ...rest } = of
  if (!said || `${said}` === `${size}`) return { ...rest, ...(shortSide && { shortSide }) }
  if (openSize) return of
  sentences.push(`The input is ${size.join(' × ')} pixels, not ${said.join(' × ')} as it is said.`)
  const scale = Math.max(...size) / Math.max(...said)
  return { ...rest, ...(shortSide && { shortSide: Math.round(shortSide * scale) }) }
}

/** The size that a file's own metadata says, to read it in where it leaves that open. */
export function saidSize(metadata: ReadonlyMap<string, string>): Preprocessing['size'] | undefined {
  const [height, width = height] = readSizes(metadata.get('imgsz') ?? '')
  return height !== undefined && width !== undefined ? [height, width] : undefined
}
