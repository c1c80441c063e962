import type { Graph, Node } from '../../graph/types'
import { parseLabels } from '../label-sets'
import { readNames } from './literal'
import type { Statement } from './statement'

/** Attributes are read byte by byte: names in UTF-8 are put together here. */
const utf8 = (text: string): string =>
  new TextDecoder().decode(Uint8Array.from(text, letter => letter.charCodeAt(0) & 255))

function list(node: Node, name: string): readonly string[] | undefined {
  const attribute = node.attributes.get(name)
  if (attribute?.kind === 'strings') return attribute.value.map(utf8)
  return attribute?.kind === 'ints' ? attribute.value.map(String) : undefined
}

/** Names that the network itself gives its classes: ONNX-ML's ZipMap, LabelEncoder and classifiers. */
export function graphLabels({ nodes }: Graph): Statement | undefined {
  for (const node of nodes) {
    if (node.domain !== 'ai.onnx.ml') continue
    const names =
      node.op === 'LabelEncoder'
        ? encoded(node)
        : (list(node, 'classlabels_strings') ?? list(node, 'classlabels_int64s') ?? list(node, 'classlabels_ints'))
    if (names && names.length > 0) return { source: node.op, names }
  }
  return undefined
}

/** From the number of a class to its name. */
function encoded(node: Node): readonly string[] | undefined {
  const keys = list(node, 'keys_int64s')
  const values = list(node, 'values_strings')
  if (!keys || !values) return list(node, 'classes_strings')
  const byKey = new Map(keys.map((key, i) => [key, values[i] ?? '']))
  const names = keys.map((_, i) => byKey.get(`${i}`))
  return names.every(name => name !== undefined) ? names : undefined
}

/** Keys under which tools and people write the names of classes. */
const KEYS: readonly string[] = [
  ...['names', 'labels', 'classes', 'class_names', 'class_labels', 'classlabels'],
  ...['label_names', 'id2label', 'vocab', 'categories'],
]

/** Names in the file's metadata: a list or dictionary, or names with commas or a line each. */
export function metadataLabels(metadata: ReadonlyMap<string, string>): Statement | undefined {
  for (const [key, value] of metadata) {
    if (!KEYS.includes(key.toLowerCase().replaceAll(/[\s-]/g, '_'))) continue
    const names = readNames(value) ?? plainNames(value)
    if (names) return { source: `metadata “${key}”`, names }
  }
  return undefined
}

function plainNames(text: string): string[] | undefined {
  const items = text.split(/\r?\n/.test(text.trim()) ? /\r?\n/ : ',').map(item => item.trim())
  const names = items.filter((item, i) => item !== '' || i < items.length - 1)
  return names.length > 1 && !/^[[{(]/.test(text.trim()) ? names : undefined
}

/** Files of names that lie beside a network; Custom Vision's exports have the first. */
export const LABEL_FILES: readonly string[] = ['labels.txt', 'classes.txt', 'class_names.txt', 'synset.txt'].concat([
  ...['labels.json', 'classes.json', 'class_names.json', 'id2label.json'],
])

export function fileLabels(name: string, text: string): Statement | undefined {
  try {
    return { source: name, names: parseLabels(text, name) }
  } catch {
    // Whatever else has such a name.
    return undefined
  }
}
