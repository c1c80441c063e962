import type { MethodName } from '../../cam/methods'
import { plainLabel } from './classes'

export interface Named {
  /** File name of the picture, with or without an ending. */
  readonly picture: string
  readonly network: string
  readonly layer: string
}

export interface NamedMap extends Named {
  readonly method: MethodName
  readonly target: number
  readonly label: string
}

/** `chelsea.inception-v3.Mixed_7c.gradcam.282-tiger-cat`; `part` tells what of it: `.heatmap`, `.raw`. */
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
