import { basename, extname, join } from 'node:path'
import { featuresFileName, mapFileName } from '../catalog/filenames'
import type { Explanation } from '../engine/types'
import { HookscopeError } from '../errors'
import type { ColormapName } from '../image/colormap'
import { featureGrid } from '../image/grid'
import { type ScaledMap, scaleMap } from '../image/heatmap'
import { heatmapPixels, type OverlayView, overlayRows } from '../image/overlay'
import type { Pixels } from '../image/types'
import type { Sight } from './batch'
import { sameFile, writeWhole } from './files'
import type { Model } from './model'
import { decodeShown, encodePng } from './pictures'

export type OutputKind = 'overlay' | 'heatmap' | 'grid'

export interface OutputOptions {
  readonly kind: OutputKind
  readonly colormap: ColormapName
  readonly opacity: number
  /** A file ending in .png, or a folder; the folder where one stands unless given. */
  readonly out?: string | undefined
}

/** Shortest side of a feature map in a grid, in pixels. */
const TILE_SIDE = 32

/** Whether `--out` names one file. */
export function isFile(out: string | undefined): out is string {
  return out !== undefined && extname(out).toLowerCase() === '.png'
}

/** Names of files, none of them given twice in one run: two pictures may share a name. */
export class Names {
  readonly #taken = new Set<string>()

  free(path: string): string {
    const stem = path.replace(/\.png$/i, '')
    let name = path
    for (let n = 2; this.#taken.has(name); n++) name = `${stem}-${n}.png`
    this.#taken.add(name)
    return name
  }
}

/** The PNGs of one picture. A file that several maps share is written once. */
export class PictureOutputs {
  readonly #written = new Map<string, Promise<string>>()
  #shown: Promise<Pixels> | undefined

  constructor(
    private readonly sight: Sight,
    private readonly model: Model,
    private readonly options: OutputOptions,
    private readonly names: Names,
  ) {}

  /** @returns the file's path */
  write(explanation: Explanation, label: string): Promise<string> {
    const name = this.#name(explanation, label)
    const known = this.#written.get(name)
    if (known) return known
    const writing = this.#write(name, explanation)
    this.#written.set(name, writing)
    return writing
  }

  async #write(name: string, explanation: Explanation): Promise<string> {
    const { out } = this.options
    const path = this.names.free(isFile(out) ? out : join(out ?? '', name))
    if (await sameFile(path, this.sight.file.name)) {
      throw new HookscopeError('bad-argument', `${path} is the picture itself. Give --out another name.`)
    }
    await writeWhole(path, await encodePng(await this.#draw(explanation)))
    return path
  }

  #name({ method, layer, target }: Explanation, label: string): string {
    const picture = basename(this.sight.file.name)
    const network = this.model.id
    if (this.options.kind === 'grid') return featuresFileName({ picture, network, layer })
    const ending = this.options.kind === 'heatmap' ? 'heatmap.png' : 'png'
    return mapFileName({ picture, network, layer, method, target, label }, ending)
  }

  async #draw({ map, layer }: Explanation): Promise<Pixels> {
    const { kind, colormap } = this.options
    if (kind === 'grid') {
      const maps = await this.sight.run.features(layer)
      return featureGrid(maps, { colormap, scale: Math.ceil(TILE_SIDE / Math.min(maps.height, maps.width)) })
    }
    const scaled = scaleMap(map)
    if (kind === 'overlay') return this.#overlay(scaled)
    const { width, height } = this.sight.seen
    return heatmapPixels(scaled, Math.round(width), Math.round(height), { colormap, smooth: true })
  }

  async #overlay(map: ScaledMap): Promise<Pixels> {
    this.#shown ??= decodeShown(this.sight.file)
    const shown = await this.#shown
    const data = shown.data.slice()
    const { colormap, opacity } = this.options
    const view: OverlayView = { colormap, opacity, threshold: 0, blend: 'over', smooth: true }
    overlayRows(data, shown.width, 0, map, this.sight.seen, view)
    return { ...shown, data }
  }
}
