import { basename, extname, join } from 'node:path'
import type { Attribution, GradientAttribution, MapAttribution } from '../attribution/method'
import { findMethod } from '../attribution/methods'
import { HookscopeError } from '../errors'
import { featuresFileName, mapFileName } from '../export/file-names'
import type { ColormapName } from '../image/colormap'
import { gradientPixels, layOver, signedPixels, strongestChannel } from '../image/gradient'
import { featureGrid } from '../image/grid'
import { liesOnPicture, type ScaledMap, scaleMap } from '../image/heatmap'
import { bareHeatmap, type OverlayView, overlayRows } from '../image/overlay'
import type { Pixels } from '../image/types'
import type { Sight } from './batch'
import { sameFile, writeWhole } from './files'
import type { Model } from './model'
import { encodePng } from './pictures'

type OutputKind = 'overlay' | 'heatmap' | 'grid' | 'signed'

export interface OutputOptions {
  readonly kind: OutputKind
  readonly colormap: ColormapName
  /** 0.5 of a heatmap and 1 of a gradient unless given. */
  readonly opacity?: number | undefined
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

  /**
   * @returns the file's path
   * @throws HookscopeError 'bad-argument' where the method cannot be drawn in this way
   */
  write(result: Attribution, label: string): Promise<string> {
    const name = this.#name(result, label)
    const known = this.#written.get(name)
    if (known) return known
    const writing = this.#write(name, result)
    this.#written.set(name, writing)
    return writing
  }

  async #write(name: string, result: Attribution): Promise<string> {
    const { out } = this.options
    const pixels = result.kind === 'map' ? await this.#drawMap(result) : await this.#drawGradient(result)
    const path = this.names.free(isFile(out) ? out : join(out ?? '', name))
    if (await sameFile(path, this.sight.file.name)) {
      throw new HookscopeError('bad-argument', `${path} is the picture itself. Give --out another name.`)
    }
    await writeWhole(path, await encodePng(pixels))
    return path
  }

  #name(result: Attribution, label: string): string {
    const { method, target } = result
    const layer = (result.kind === 'gradient' && result.camLayer) || result.layer
    const { kind } = this.options
    const picture = basename(this.sight.file.name)
    const network = this.model.id
    if (kind === 'grid') return featuresFileName({ picture, network, layer })
    const ending = kind === 'overlay' ? 'png' : `${kind}.png`
    return mapFileName({ picture, network, layer, method, target, label }, ending)
  }

  async #drawMap({ map, layer, method }: MapAttribution): Promise<Pixels> {
    const { kind, colormap } = this.options
    if (kind === 'signed')
      throw new HookscopeError(
        'bad-argument',
        `--kind signed is for gradients at the input, and ${findMethod(method).label} is none. Use overlay or heatmap.`,
      )
    if (kind === 'grid') {
      const maps = await this.sight.run.features(layer)
      return featureGrid(maps, { colormap, scale: Math.ceil(TILE_SIDE / Math.min(maps.height, maps.width)) })
    }
    const scaled = scaleMap(map)
    if (kind === 'overlay' && liesOnPicture(scaled)) return this.#overlay(scaled)
    return bareHeatmap(scaled, this.sight.seen, { colormap, smooth: true })
  }

  /** A gradient is drawn as tutorials do; bare, a pixel stands for a pixel of the network's input. */
  async #drawGradient({ gradient, method }: GradientAttribution): Promise<Pixels> {
    const { kind, opacity = 1 } = this.options
    if (kind === 'grid')
      throw new HookscopeError(
        'bad-argument',
        `--kind grid is for the feature maps of a layer, and ${findMethod(method).label} is a gradient at the input. Use overlay, heatmap or signed.`,
      )
    if (kind === 'signed') return signedPixels(strongestChannel(gradient))
    const pixels = gradientPixels(gradient)
    if (kind === 'heatmap') return pixels
    const picture = await this.#picture()
    layOver(picture.data, picture.width, 0, pixels, this.sight.seen, opacity)
    return picture
  }

  async #overlay(map: ScaledMap): Promise<Pixels> {
    const picture = await this.#picture()
    const { colormap, opacity = 0.5 } = this.options
    const view: OverlayView = { colormap, opacity, threshold: 0, blend: 'over', smooth: true }
    overlayRows(picture.data, picture.width, 0, map, this.sight.seen, view)
    return picture
  }

  /** A copy to draw on: `slice` of Node's buffers would not copy. */
  async #picture(): Promise<Pixels> {
    this.#shown ??= this.sight.shown()
    const shown = await this.#shown
    return { ...shown, data: Uint8ClampedArray.from(shown.data) }
  }
}
