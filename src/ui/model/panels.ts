/** The dock's panels, in the order of their tabs. A panel is an entry here and its component in the dock's table. */
export const PANELS = {
  layers: { label: 'Layers', height: 148 },
  features: { label: 'Feature maps', height: 248 },
  interventions: { label: 'Intervene', height: 216 },
} as const satisfies Record<string, Panel>

interface Panel {
  /** On its tab. */
  readonly label: string
  /** Until it is dragged, in CSS pixels. */
  readonly height: number
}

export type PanelId = keyof typeof PANELS

export const PANEL_IDS = Object.keys(PANELS) as PanelId[]

/** The least height of a panel, in CSS pixels. */
export const LEAST_HEIGHT = 96

/** The greatest height of a panel, in CSS pixels: the picture above keeps two fifths of the window. */
export const greatestHeight = (windowHeight: number): number => Math.round(0.6 * (windowHeight - BAR))

/** The top bar, in CSS pixels at the usual size of text. */
const BAR = 52

/** A height within the bounds. */
export const heightWithin = (height: number, greatest: number): number =>
  Math.round(Math.max(LEAST_HEIGHT, Math.min(greatest, height)))
