import * as v from 'valibot'
import document from '../../models/catalog.json' with { type: 'json' }
import { HookscopeError, printable } from '../errors'
import { LABEL_SET_NAMES } from './label-sets'

const number = v.pipe(v.number(), v.finite())
const positive = v.pipe(number, v.gtValue(0))
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(1))
const text = v.pipe(
  v.string(),
  v.nonEmpty(),
  v.maxLength(500),
  v.check(text => text === printable(text), 'It holds control characters'),
)
/** Its parts begin with a letter or digit: none leads up or to another host. */
const path = v.pipe(v.string(), v.regex(/^[a-z0-9][\w.-]*(\/[a-z0-9][\w.-]*)*$/i))

const NetworkEntry = v.pipe(
  v.strictObject({
    id: v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9.-]*$/)),
    name: text,
    /** Name of the ONNX file: in the models folder, or where downloads are kept. */
    file: v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9.-]*\.onnx$/)),
    /** Of a network that is fetched when it is asked for: where the file lies under the place of downloads. */
    download: v.optional(path),
    bytes: count,
    sha256: v.pipe(v.string(), v.hash(['sha256'])),
    labels: v.picklist(LABEL_SET_NAMES),
    dataset: text,
    classes: count,
    input: v.pipe(
      v.strictObject({
        size: v.pipe(v.tuple([count, count]), v.readonly()),
        shortSide: count,
        range: v.optional(v.picklist([1, 255]), 1),
        mean: v.pipe(v.tuple([number, number, number]), v.readonly()),
        std: v.pipe(v.tuple([positive, positive, positive]), v.readonly()),
        channels: v.optional(v.picklist(['rgb', 'bgr']), 'rgb'),
        layout: v.optional(v.picklist(['nchw', 'nhwc']), 'nchw'),
      }),
      v.readonly(),
    ),
    resize: v.picklist(['crop', 'squash']),
    /** Path of the default hook point, where it is not the one that is found by itself. */
    layer: v.optional(text),
    accuracy: text,
    licence: text,
    citation: text,
  }),
  v.readonly(),
)

const Catalog = v.strictObject({
  downloads: v.pipe(
    v.strictObject({
      /** The URL that a network's `download` is relative to. */
      base: v.pipe(v.string(), v.url(), v.regex(/^https:\/\/.*\/$/)),
      /** Hosts that it sends on to. */
      redirects: v.array(v.pipe(v.string(), v.regex(/^https:\/\/(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)+$/))),
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

/** A network that ships. @throws HookscopeError 'unknown-model' for any other, that lists those */
export function findShippedNetwork(id: string): NetworkEntry {
  const found = NETWORKS.find(entry => entry.id === String(id).toLowerCase())
  if (found && !isDownload(found)) return found
  const known = NETWORKS.filter(entry => !isDownload(entry)).map(entry => entry.id)
  const what = found ? `${found.name} does not ship, it is downloaded` : `There is no network called “${id}”`
  throw new HookscopeError('unknown-model', `${what}. Those that ship: ${known.join(', ')}.`)
}
