import * as v from 'valibot'
import document from '../../models/catalog.json' with { type: 'json' }
import { HookscopeError } from '../errors'
import { LABEL_SET_NAMES } from './label-sets'

const perColour = v.pipe(v.tuple([v.number(), v.number(), v.number()]), v.readonly())
const count = v.pipe(v.number(), v.integer(), v.minValue(1))

const NetworkEntry = v.pipe(
  v.object({
    id: v.string(),
    name: v.string(),
    /** Name of the ONNX file: in the models folder, or where downloads are kept. */
    file: v.string(),
    /** Of a network that is fetched when it is asked for: where the file lies under the place of downloads. */
    download: v.optional(v.string()),
    bytes: count,
    sha256: v.pipe(v.string(), v.hash(['sha256'])),
    labels: v.picklist(LABEL_SET_NAMES),
    dataset: v.string(),
    classes: count,
    input: v.pipe(
      v.object({
        size: v.pipe(v.tuple([count, count]), v.readonly()),
        shortSide: count,
        range: v.optional(v.picklist([1, 255]), 1),
        mean: perColour,
        std: perColour,
        channels: v.optional(v.picklist(['rgb', 'bgr']), 'rgb'),
        layout: v.optional(v.picklist(['nchw', 'nhwc']), 'nchw'),
      }),
      v.readonly(),
    ),
    resize: v.picklist(['crop', 'squash']),
    /** Path of the default hook point, where it is not the one that is found by itself. */
    layer: v.optional(v.string()),
    accuracy: v.string(),
    licence: v.string(),
    citation: v.string(),
  }),
  v.readonly(),
)

const Catalog = v.object({
  downloads: v.pipe(
    v.object({
      /** What the networks' `download` is written after. */
      base: v.pipe(v.string(), v.url()),
      /** Hosts that it sends on to. */
      redirects: v.array(v.string()),
    }),
    v.readonly(),
  ),
  networks: v.pipe(v.array(NetworkEntry), v.minLength(1)),
})

type Catalog = v.InferOutput<typeof Catalog>

/** One network that ships with the program or can be downloaded. */
export type NetworkEntry = v.InferOutput<typeof NetworkEntry>

/** A network that is fetched when it is asked for, and kept. */
export type DownloadEntry = NetworkEntry & { readonly download: string }

export const isDownload = (entry: NetworkEntry): entry is DownloadEntry => entry.download !== undefined

/** @throws HookscopeError 'bad-model' that names the field which is wrong. */
export function parseCatalog(json: unknown): Catalog {
  const parsed = v.safeParse(Catalog, json)
  if (parsed.success) return parsed.output
  const [issue] = parsed.issues
  throw new HookscopeError(
    'bad-model',
    `The catalog of networks is broken at ${v.getDotPath(issue)}: ${issue.message}.`,
  )
}

const catalog = parseCatalog(document)

/** The networks of models/catalog.json: those that ship first, and of them first the one that opens by default. */
export const NETWORKS: readonly NetworkEntry[] = catalog.networks

export const DOWNLOADS: readonly DownloadEntry[] = NETWORKS.filter(isDownload)

/** Where downloads come from unless a mirror is set. */
export const DOWNLOAD_BASE = catalog.downloads.base

/** Every host that a download asks, as a Content-Security-Policy names it. */
export const DOWNLOAD_HOSTS: readonly string[] = [new URL(DOWNLOAD_BASE).origin, ...catalog.downloads.redirects]

/** @throws HookscopeError 'unknown-model' that lists what there is. */
export function findNetwork(id: string): NetworkEntry {
  const found = NETWORKS.find(entry => entry.id === id.toLowerCase())
  if (found) return found
  const known = NETWORKS.map(entry => entry.id).join(', ')
  throw new HookscopeError('unknown-model', `There is no network called “${id}”. Choose one of ${known}.`)
}
