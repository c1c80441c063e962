import { HookscopeError } from '../errors'
import { type Labels, makeLabels, numberedLabels } from './labels'
import type { ReadFile } from './load'

interface LabelSet {
  readonly label: string
  /** In the models folder: a JSON array, one string a class. */
  readonly file: string
  /** Names at its beginning that the set leaves out. */
  readonly without: number
  readonly classes: number
}

/** The names that ship with the program. ImageNet's 1,000 are its 1,001 without the background, the first. */
export const LABEL_SETS = {
  'imagenet-1000': { label: 'ImageNet, 1,000', file: 'imagenet-1001.json', without: 1, classes: 1000 },
  'imagenet-1001': { label: 'ImageNet, 1,001 with background', file: 'imagenet-1001.json', without: 0, classes: 1001 },
  'caltech-101': { label: 'Caltech-101', file: 'caltech-101.json', without: 0, classes: 101 },
} as const satisfies Record<string, LabelSet>

export type LabelSetName = keyof typeof LABEL_SETS

export const LABEL_SET_NAMES = Object.keys(LABEL_SETS) as LabelSetName[]

/** Names by the file that holds them, one a class in the network's order. */
interface OwnLabels {
  readonly name: string
  readonly names: readonly string[]
}

/** Where a network's class names come from. */
export type LabelSource = LabelSetName | 'numbers' | OwnLabels

/** How many names there are, where some were chosen. */
export function namesIn(source: LabelSource): number | undefined {
  if (typeof source === 'object') return source.names.length
  return source === 'numbers' ? undefined : LABEL_SETS[source].classes
}

/** ImageNet's names for as many classes as it has, else numbers: several data sets have 101 classes. */
export function guessLabels(classes: number): LabelSetName | 'numbers' {
  return (['imagenet-1000', 'imagenet-1001'] as const).find(name => LABEL_SETS[name].classes === classes) ?? 'numbers'
}

/**
 * @param isSingle whether the two classes are the two sides of one number. Its class is 0, its absence 1. Of two names the
 * second is the class, for where a network gives one probability it is that of class 1; of one name it is that.
 * @throws HookscopeError 'bad-argument' where the names are not as many as the classes; 'bad-model', 'model-unavailable'
 */
export async function loadLabels(
  source: LabelSource,
  classes: number,
  read: ReadFile,
  signal?: AbortSignal,
  isSingle = false,
): Promise<Labels> {
  if (source === 'numbers') return isSingle ? bothSides('0') : numberedLabels(classes)
  const own = typeof source === 'object'
  const names = own ? source.names : await readSet(source, read, signal)
  const [first, second] = names
  if (isSingle && names.length === 1 && first !== undefined) return bothSides(first)
  if (isSingle && names.length === 2 && first !== undefined && second !== undefined) return makeLabels([second, first])
  if (names.length === classes) return makeLabels(names)
  const what = own ? source.name : LABEL_SETS[source].label
  throw new HookscopeError(
    'bad-argument',
    `${what} has ${names.length.toLocaleString('en')} names for the network’s ${classes.toLocaleString('en')} classes. Choose other labels, or numbers.`,
  )
}

const bothSides = (name: string): Labels => makeLabels([name, `not ${name}`])

async function readSet(name: LabelSetName, read: ReadFile, signal: AbortSignal | undefined): Promise<string[]> {
  const { file, without } = LABEL_SETS[name]
  const text = new TextDecoder().decode(await read(file, { signal }))
  return parseLabels(text, file).slice(without)
}

/**
 * The names in a labels file of any common form: a JSON array, a JSON object by index (Keras's with WordNet ids too),
 * or text with a name a line, its index or WordNet id before it left out.
 *
 * @param name what to call the file in a sentence
 * @throws HookscopeError 'bad-argument'
 */
export function parseLabels(text: string, name: string): string[] {
  const plain = text.replace(/^\uFEFF/, '').trim()
  if (plain === '') throw wrong(name, 'is empty')
  const json = /^[[{]/.test(plain) ? parsed(plain) : undefined
  const names = json === undefined ? fromLines(plain) : fromJson(json)
  if (!names) throw wrong(name, 'holds neither a list of names nor names by index')
  if (names.some(entry => entry.includes('\0') || entry.includes('\uFFFD'))) throw wrong(name, 'is no text')
  return names
}

function wrong(name: string, what: string): HookscopeError {
  return new HookscopeError('bad-argument', `${name} ${what}. Labels are a name a line, or a JSON array of names.`)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** `["tench", …]`, `{"0": "tench", …}` or `{"0": ["n01440764", "tench"], …}` */
function fromJson(json: unknown): string[] | null {
  if (typeof json !== 'object' || json === null) return null
  const count = Object.keys(json).length
  const entries = Array.isArray(json)
    ? json
    : Array.from({ length: count }, (_, index) => Reflect.get(json, `${index}`))
  const names = entries.map((entry: unknown) => (Array.isArray(entry) ? (entry.at(-1) as unknown) : entry))
  return count > 0 && names.every(entry => typeof entry === 'string') ? names : null
}

/** `tench`, `n01440764 tench, Tinca tinca`, or for all of them `0: 'tench',` as Python prints a dictionary. */
function fromLines(text: string): string[] {
  const lines = text.split(/\r?\n/).map(line => line.trim())
  const numbered = lines.map(line => /^\{?\s*(\d+)\s*[:,\t ]\s*(.+?)\s*[,}]*$/.exec(line))
  if (numbered.every((match, index) => match?.[1] === `${index}`)) {
    return numbered.map(match => (match?.[2] ?? '').replace(/^(['"])(.*)\1$/, '$2'))
  }
  return lines.map(line => line.replace(/^n\d{8}\s+/, ''))
}
