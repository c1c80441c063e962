import * as v from 'valibot'
import { COLORMAPS, type ColormapName } from '../../image/colormap'
import type { GradientDrawing } from '../../image/gradient'
import type { OverlayView } from '../../image/overlay'
import type { ResizeRule } from '../../image/types'
import type { EngineChoice } from '../../worker/protocol'
import { PANEL_IDS, type PanelId } from '../model/panels'

/** How a gradient at the input is laid over the picture. */
export interface GradientView {
  readonly drawing: GradientDrawing
  /** 0..1; tutorials show the gradient alone. */
  readonly opacity: number
}

/** Settings that are kept from visit to visit. Nothing here runs the network but `engine` and `resize`. */
export interface Settings {
  readonly theme: 'system' | 'light' | 'dark'
  readonly engine: EngineChoice
  readonly resize: ResizeRule
  readonly view: OverlayView
  readonly gradient: GradientView
  /** The dock's panel, open or not. */
  readonly panel: PanelId
  readonly dockOpen: boolean
  /** Heights of panels that have been changed, in CSS pixels. */
  readonly heights: { readonly [id in PanelId]?: number }
  /** The order of the channels in the grid of feature maps. */
  readonly order: 'weight' | 'index'
  /** Whether single keys act: 1–5, M, S, ?, Space, arrows. */
  readonly shortcuts: boolean
}

export const DEFAULT_SETTINGS: Settings = {
  theme: 'system',
  engine: 'auto',
  resize: 'crop',
  view: { colormap: 'turbo', opacity: 0.5, threshold: 0, blend: 'over', smooth: true },
  gradient: { drawing: 'rgb', opacity: 1 },
  panel: 'layers',
  dockOpen: true,
  heights: {},
  order: 'weight',
  shortcuts: true,
}

/** The papers' own look. */
export const PAPERS_VIEW = { colormap: 'jet', blend: 'papers' } as const satisfies Partial<OverlayView>

const share = (otherwise: number) => v.fallback(v.pipe(v.number(), v.minValue(0), v.maxValue(1)), otherwise)
const { view, gradient } = DEFAULT_SETTINGS

const Kept = v.fallback(
  v.object({
    theme: v.fallback(v.picklist(['system', 'light', 'dark']), DEFAULT_SETTINGS.theme),
    engine: v.fallback(v.picklist(['auto', 'webgpu', 'wasm']), DEFAULT_SETTINGS.engine),
    resize: v.fallback(v.picklist(['crop', 'squash']), DEFAULT_SETTINGS.resize),
    view: v.fallback(
      v.object({
        colormap: v.fallback(v.picklist(Object.keys(COLORMAPS) as ColormapName[]), view.colormap),
        opacity: share(view.opacity),
        threshold: share(view.threshold),
        blend: v.fallback(v.picklist(['over', 'papers']), view.blend),
        smooth: v.fallback(v.boolean(), view.smooth),
      }),
      view,
    ),
    gradient: v.fallback(
      v.object({
        drawing: v.fallback(v.picklist(['rgb', 'signed']), gradient.drawing),
        opacity: share(gradient.opacity),
      }),
      gradient,
    ),
    panel: v.fallback(v.picklist(PANEL_IDS), DEFAULT_SETTINGS.panel),
    dockOpen: v.fallback(v.boolean(), DEFAULT_SETTINGS.dockOpen),
    heights: v.fallback(v.record(v.picklist(PANEL_IDS), v.pipe(v.number(), v.finite())), {}),
    order: v.fallback(v.picklist(['weight', 'index']), DEFAULT_SETTINGS.order),
    shortcuts: v.fallback(v.boolean(), DEFAULT_SETTINGS.shortcuts),
  }),
  DEFAULT_SETTINGS,
)

/** Settings of an earlier visit; a default stands for each part that is not there or not understood. */
export function readSettings(kept: unknown): Settings {
  return v.parse(Kept, kept)
}
