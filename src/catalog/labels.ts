import { HookscopeError, printable } from '../errors'

/** The names of a network's classes, in its order. */
export interface Labels {
  /** As people write them; unique: where two classes share a name (in any case), it carries the index. */
  readonly shown: readonly string[]
  /** Class indices by name in lower case, as the file has it and as people write it. */
  readonly byName: ReadonlyMap<string, readonly number[]>
}

/** For a network of which no names are known: a class is called by its index. */
export function numberedLabels(classes: number): Labels {
  return makeLabels(Array.from({ length: classes }, (_, index) => String(index)))
}

/**
 * The class that a person means by its index, its name in any case, or its name with its index, `crane (135)`.
 * @throws HookscopeError 'unknown-class'; for a name that several classes share it lists their indices
 */
export function findClass(labels: Labels, asked: string): number {
  const text = asked.trim()
  const last = labels.shown.length - 1
  if (/^\d+$/.test(text)) {
    if (Number(text) <= last) return Number(text)
    throw new HookscopeError('unknown-class', `There is no class ${text}: this network’s classes are 0 to ${last}.`)
  }
  const found = labels.byName.get(text.toLowerCase()) ?? []
  const [index] = found
  if (index === undefined) {
    throw new HookscopeError('unknown-class', `This network has no class called “${text}”.${suggest(labels, text)}`)
  }
  if (found.length > 1) {
    const each = found.map(i => `${i}`).join(' and ')
    throw new HookscopeError(
      'unknown-class',
      `${found.length} classes are called “${text}”: ${each}. Choose one by its index.`,
    )
  }
  return index
}

/** The label of a class, its index where it has none. @param labels as people write them */
export function labelOf(labels: readonly string[], index: number): string {
  return labels[index] ?? String(index)
}

/** The label without the index that it carries where two classes share a name: "crane (135)" → "crane". */
export function plainLabel(label: string, index: number): string {
  const suffix = ` (${index})`
  return label.endsWith(suffix) ? label.slice(0, -suffix.length) : label
}

/** `BACKGROUND_Google` → "background", `car_side` → "car side"; nothing in it acts on a terminal or a page. */
function readable(name: string): string {
  return name === 'BACKGROUND_Google' ? 'background' : printable(name.replaceAll('_', ' '))
}

/** @param names one a class, as the data set writes them */
export function makeLabels(names: readonly string[]): Labels {
  const byName = new Map<string, number[]>()
  const add = (name: string, index: number) => {
    const indices = byName.get(name.toLowerCase())
    if (!indices) byName.set(name.toLowerCase(), [index])
    else if (!indices.includes(index)) indices.push(index)
  }
  names.forEach((name, index) => {
    add(name, index)
    add(readable(name), index)
  })
  const shown = names.map((name, index) => {
    const plain = readable(name)
    const shared = (byName.get(plain.toLowerCase())?.length ?? 0) > 1
    return shared ? `${plain} (${index})` : plain
  })
  shown.forEach(add)
  return { shown, byName }
}

function suggest(labels: Labels, text: string): string {
  const near = labels.shown.filter(label => label.toLowerCase().includes(text.toLowerCase())).slice(0, 5)
  return near.length > 0
    ? ` Did you mean ${near.join(', ')}?`
    : ` Give an index from 0 to ${labels.shown.length - 1}, or a label.`
}
