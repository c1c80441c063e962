import type { AnyMethod } from '../cam/all-methods'
import { plainLabel } from './labels'

export interface Named {
  /** File name of the picture, with or without an ending. */
  readonly picture: string
  readonly network: string
  readonly layer: string
}

export interface NamedMap extends Named {
  readonly method: AnyMethod
  readonly target: number
  readonly label: string
}

/** `chelsea.inception-v3.Mixed_7c.gradcam.283-tiger-cat`; the ending may tell what of it: `heatmap.png`, `raw.json`. */
export function mapFileName({ picture, network, layer, method, target, label }: NamedMap, ending: string): string {
  const name = `${target}-${safe(plainLabel(label, target)).toLowerCase()}`
  return `${stem(picture)}.${safe(network)}.${safe(layer)}.${method}.${name}.${ending}`
}

/** `chelsea.inception-v3.Mixed_7c.features.png` */
export function featuresFileName({ picture, network, layer }: Named): string {
  return `${stem(picture)}.${safe(network)}.${safe(layer)}.features.png`
}

function stem(file: string): string {
  return safe(file.replace(/\.[^.]*$/, '')) || 'picture'
}

/** Only what every file system takes; runs of anything else become one hyphen. */
function safe(text: string): string {
  return text.replace(/[^\p{L}\p{N}._]+/gu, '-').replace(/^[-.]+|[-.]+$/g, '')
}
