import { InvalidArgumentError, Option } from 'commander'
import { NETWORKS } from '../catalog/catalog'
import type { Ablation } from '../engine/ablate'
import { COLORMAPS } from '../image/colormap'
import { ALL_METHODS, type AnyMethod } from './methods'

const METHOD_NAMES = Object.keys(ALL_METHODS) as AnyMethod[]

/** Options that several commands share, or that need reading. */
export const options = {
  model: () =>
    new Option(
      '-m, --model <name>',
      `${NETWORKS.map(entry => entry.id).join(', ')}, or the path of an .onnx file`,
    ).default(NETWORKS[0]?.id),
  resize: () =>
    new Option('--resize <rule>', 'centre crop, or the whole picture squashed (default: the network’s own)').choices([
      'crop',
      'squash',
    ]),
  json: () => new Option('--json', 'print one JSON object on standard output').default(false),
  method: () =>
    new Option('--method <names>', `${METHOD_NAMES.join(', ')} (default: gradcam)`).argParser(
      (text: string, previous: readonly AnyMethod[] | undefined) => [
        ...(previous ?? []),
        ...items(text).map(methodName),
      ],
    ),
  layer: () =>
    new Option(
      '--layer <paths>',
      'hook points, as `hookscope hooks` lists them (default: the network’s last)',
    ).argParser(append),
  ablate: () =>
    new Option('--ablate <layer:channels>', 'switch channels off, as layer4.1:12,40; may be repeated').argParser(
      (text: string, previous: readonly Ablation[] | undefined) => [...(previous ?? []), ablation(text)],
    ),
  class: () =>
    new Option('--class <names>', 'classes by index, label, or top1 to top5 (default: top1)').argParser(append),
  out: () =>
    new Option('--out <path>', 'FILE.png for one map, else a folder (default: where you are)').argParser(pngOrFolder),
  kind: () =>
    new Option('--kind <kind>', 'over the picture, bare, grid of feature maps, or a gradient with its signs')
      .choices(['overlay', 'heatmap', 'grid', 'signed'])
      .default('overlay'),
  colormap: () =>
    new Option('--colormap <name>', 'colours of the heatmap').choices(Object.keys(COLORMAPS)).default('turbo'),
  opacity: () =>
    new Option('--opacity <share>', '0 to 1, over the picture (default: 0.5 of a heatmap, 1 of a gradient)').argParser(
      share,
    ),
  raw: () => new Option('--raw', 'JSON with logits, the sums of the input, and raw maps').default(false),
  top: () => new Option('--top <count>', 'how many classes').argParser(positive).default(5),
}

/** For an option that may be given several times, or several values with commas. */
function append(text: string, previous: readonly string[] | undefined): readonly string[] {
  return [...(previous ?? []), ...items(text)]
}

function items(text: string): string[] {
  const found = text
    .split(',')
    .map(item => item.trim())
    .filter(item => item !== '')
  if (found.length > 0) return found
  throw new InvalidArgumentError('It is empty.')
}

function methodName(text: string): AnyMethod {
  const found = METHOD_NAMES.find(name => name === text.toLowerCase())
  if (found) return found
  throw new InvalidArgumentError(`Allowed choices are ${METHOD_NAMES.join(', ')}.`)
}

/** After the last colon, for paths may hold one: `layer1.0.relu:0:5` is channel 5 of the first call. */
function ablation(text: string): Ablation {
  const [, layer = '', list = ''] = /^(.+):([\d,\s]+)$/.exec(text.trim()) ?? []
  const channels = list
    .split(',')
    .map(item => item.trim())
    .filter(item => item !== '')
  if (channels.length > 0 && channels.every(channel => /^\d+$/.test(channel)))
    return { layer, channels: channels.map(Number) }
  throw new InvalidArgumentError('Write a hook point and its channels, as layer4.1:12,40.')
}

function pngOrFolder(text: string): string {
  if (!/\.(jpe?g|webp|gif|avif|bmp|tiff?)$/i.test(text)) return text
  throw new InvalidArgumentError('Maps are saved as PNG: give a name that ends in .png, or a folder.')
}

function share(text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && value >= 0 && value <= 1) return value
  throw new InvalidArgumentError('Give a number from 0 to 1.')
}

function positive(text: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && value > 0) return value
  throw new InvalidArgumentError('Give a whole number from 1 on.')
}
