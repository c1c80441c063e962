import type { Attribution } from '../../attribution/method'
import { classOf } from '../../attribution/target'
import { labelOf } from '../../catalog/labels'
import { featuresFileName, mapFileName, type NamedMap } from '../../export/file-names'
import { drawGradient } from '../../image/gradient'
import { featureGrid } from '../../image/grid'
import { liesOnPicture, scaleMap } from '../../image/heatmap'
import { bareHeatmap } from '../../image/overlay'
import type { RgbaPixels } from '../../image/types'
import type { Top } from '../../worker/protocol'
import { channelOrder } from '../model/channels'
import { resultJson } from './result'
import type { Settings } from './settings'
import type { Page, SaveKind, ShownMap } from './state'
import { failed, IDLE, RUNNING, type StoreContext } from './store-context'

/** How things leave the page. */
export interface Output {
  png(pixels: RgbaPixels): Promise<Blob>
  download(file: Blob, name: string): void
  /** Takes a promise, for the clipboard has to be asked while the key is still being pressed. */
  copy(png: Promise<Blob>): Promise<void>
}

/** Longest side of a bare heatmap: it is drawn in one piece. */
const HEATMAP_SIDE = 4096
/** Shortest side of a channel in the feature grid. */
const TILE_SIDE = 32

export function createSaving({ get, set, engine }: StoreContext, output: Output): (kind: SaveKind) => Promise<void> {
  return async kind => {
    const { map } = get()
    if (!map) return
    set({ saveWork: RUNNING, saved: null })
    try {
      set({ saved: await save(kind, map), saveWork: IDLE })
    } catch (error) {
      set({ saveWork: failed(error) })
    }
  }

  async function save(kind: SaveKind, { scene, explanation }: ShownMap): Promise<string> {
    const page = get()
    const named = nameOf({ scene, explanation })
    const download = (file: Blob, name: string) => {
      output.download(file, name)
      return `Saved ${name}`
    }
    switch (kind) {
      case 'overlay':
        return download(await overlay(page, { scene, explanation }), mapFileName(named, 'png'))
      case 'copy':
        await output.copy(overlay(page, { scene, explanation }))
        return 'Copied the overlay'
      case 'heatmap':
        return download(
          await output.png(heatmap(page, { scene, explanation })),
          mapFileName(named, bareEnding(page, explanation)),
        )
      case 'json': {
        const json = JSON.stringify(resultJson(scene, explanation))
        return download(new Blob([json], { type: 'application/json' }), mapFileName(named, 'json'))
      }
      case 'features': {
        const layer = page.choice?.layer ?? scene.network.layer
        const pixels = await grid(page, { scene, explanation }, layer)
        return download(await output.png(pixels), featuresFileName({ ...named, layer }))
      }
    }
  }

  /** A map that cannot be laid over the picture is saved alone. */
  function overlay(page: Page, { scene, explanation }: ShownMap): Promise<Blob> {
    const { settings } = page
    const { at, sight } = scene
    if (explanation.kind === 'map' && !liesOnPicture(explanation.map))
      return output.png(heatmap(page, { scene, explanation }))
    return engine.overlay({ picture: at.picture, top: top(settings, explanation), seen: sight.seen })
  }

  function heatmap({ settings }: Page, { scene, explanation }: ShownMap): RgbaPixels {
    if (explanation.kind === 'gradient') return drawGradient(explanation.gradient, settings.gradient.drawing).pixels
    return bareHeatmap(scaleMap(explanation.map), scene.sight.seen, settings.view, HEATMAP_SIDE)
  }

  async function grid(
    { settings, features }: Page,
    { scene, explanation }: ShownMap,
    layer: string,
  ): Promise<RgbaPixels> {
    const weights = explanation.kind === 'map' ? explanation.weights : null
    const there = features?.scene === scene && features.maps.layer === layer
    const maps = there ? features.maps : (await engine.features(scene.at, layer)).value
    const scale = Math.max(1, Math.ceil(TILE_SIDE / Math.min(maps.width, maps.height)))
    const order = channelOrder(maps.channels, weights, settings.order)
    return featureGrid(maps, { colormap: settings.view.colormap, order, scale })
  }
}

function top({ view, gradient }: Settings, explanation: Attribution): Top {
  if (explanation.kind === 'map') return { map: explanation.map, view }
  return { pixels: drawGradient(explanation.gradient, gradient.drawing).pixels, opacity: gradient.opacity }
}

/** A bare gradient is named as the command line's `--kind` names it. */
function bareEnding({ settings }: Page, explanation: Attribution): string {
  return explanation.kind === 'gradient' && settings.gradient.drawing === 'signed' ? 'signed.png' : 'heatmap.png'
}

function nameOf({ scene, explanation }: ShownMap): NamedMap {
  const { method, target } = explanation
  const { network, wanted, changed } = scene
  const layer = (explanation.kind === 'gradient' && explanation.camLayer) || explanation.layer
  const label = labelOf(network.labels, classOf(target))
  const id = changed ? `${network.id}-changed` : network.id
  return { picture: wanted.picture.name, network: id, layer, method, target, label }
}
