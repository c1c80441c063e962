import * as v from 'valibot'
import document from '../../models/catalog.json'
import { HookscopeError } from '../errors'

const perChannel = v.pipe(v.tuple([v.number(), v.number(), v.number()]), v.readonly())
const count = v.pipe(v.number(), v.integer(), v.minValue(1))

const NetworkEntry = v.pipe(
  v.object({
    id: v.string(),
    name: v.string(),
    /** Name of the ONNX file in the models folder. */
    file: v.string(),
    bytes: count,
    sha256: v.pipe(v.string(), v.hash(['sha256'])),
    /** Name of the labels file in the models folder: a JSON array, one string a class. */
    labels: v.string(),
    dataset: v.string(),
    classes: count,
    input: v.pipe(
      v.object({
        size: v.pipe(v.tuple([count, count]), v.readonly()),
        shortSide: count,
        mean: perChannel,
        std: perChannel,
      }),
      v.readonly(),
    ),
    resize: v.picklist(['crop', 'squash']),
    /** Path of the default hook point. */
    layer: v.string(),
    accuracy: v.string(),
    licence: v.string(),
    citation: v.string(),
  }),
  v.readonly(),
)

const Catalog = v.object({ networks: v.pipe(v.array(NetworkEntry), v.minLength(1)) })

/** One network that ships with the program. */
export type NetworkEntry = v.InferOutput<typeof NetworkEntry>

/** @throws HookscopeError 'bad-model' that names the field which is wrong. */
export function parseCatalog(json: unknown): readonly NetworkEntry[] {
  const parsed = v.safeParse(Catalog, json)
  if (parsed.success) return parsed.output.networks
  const [issue] = parsed.issues
  throw new HookscopeError(
    'bad-model',
    `The catalog of networks is broken at ${v.getDotPath(issue)}: ${issue.message}.`,
  )
}

/** The networks of models/catalog.json; the first is the one that opens by default. */
export const NETWORKS = parseCatalog(document)

/** @throws HookscopeError 'unknown-model' that lists what there is. */
export function findNetwork(id: string): NetworkEntry {
  const found = NETWORKS.find(entry => entry.id === id.toLowerCase())
  if (found) return found
  const known = NETWORKS.map(entry => entry.id).join(', ')
  throw new HookscopeError('unknown-model', `There is no network called “${id}”. Choose one of ${known}.`)
}
