import { InvalidArgumentError, Option } from 'commander'
import { ACTIVATIONS } from '../analysis/activation'
import type { OptionValues } from '../attribution/method'
import { DEFAULT_METHOD, METHOD_IDS } from '../attribution/methods'
import { NETWORKS } from '../catalog/catalog'
import { LABEL_SET_NAMES } from '../catalog/label-sets'
import { DRAWS } from '../engine/evaluate'
import { COLORMAPS } from '../image/colormap'
import { FILTERS, type PerChannel, type Preprocessing } from '../image/types'
import { METRIC_IDS } from '../metrics/metrics'
import { type Ablation, readAblation } from './ablation'

/** Options that several commands share, or that need reading. */
export const options = {
  model: () =>
    new Option(
      '-m, --model <name>',
      `${NETWORKS.map(entry => entry.id).join(', ')} (see: hookscope models), or the path of an .onnx file`,
    ).default(NETWORKS[0]?.id),
  resize: () =>
    new Option('--resize <rule>', 'centre crop, or the whole picture squashed (default: the network’s own)').choices([
      'crop',
      'squash',
    ]),
  labels: () =>
    new Option(
      '--labels <names>',
      `${LABEL_SET_NAMES.join(', ')}, numbers, or a file with a name a line or a JSON array (default: by the number of classes)`,
    ),
  size: () =>
    new Option(
      '--size <pixels>',
      'height and width of the input where the file leaves them open, as 224 or 224x320',
    ).argParser(size),
  mean: () => new Option('--mean <r,g,b>', 'what is taken from each channel; one number for all').argParser(perChannel),
  std: () => new Option('--std <r,g,b>', 'what each channel is then divided by').argParser(divisors),
  range: () =>
    new Option('--range <most>', 'pixel values before --mean and --std: 0 to 1, or 0 to 255').argParser(range),
  channels: () =>
    new Option(
      '--channels <letters>',
      'what each channel of the input is: rgb, bgr, l (luminance), rgba, rgb0 (0: nothing)',
    ),
  filter: () =>
    new Option('--filter <name>', 'how pictures are resized, by PIL’s names (default: bilinear)').choices([...FILTERS]),
  input: () =>
    new Option(
      '--input <name=values>',
      'what a further input is fed: keep_prob=1, training=false, meta=0.5,2,1; may be repeated',
    ).argParser(inputValues),
  pictureInput: () => new Option('--picture-input <name>', 'the input with the picture, where several can be it'),
  layout: () =>
    new Option('--layout <axes>', 'whether channels come before or after height and width').choices(['nchw', 'nhwc']),
  output: () => new Option('--output <name>', 'the output with the classes, where the network has several'),
  activation: () =>
    new Option(
      '--activation <name>',
      'how logits become probabilities (default: as the file tells, else softmax of several, none of one number)',
    ).choices(ACTIVATIONS),
  json: () => new Option('--json', 'print one JSON object on standard output').default(false),
  method: () =>
    new Option('--method <names>', `${METHOD_IDS.join(', ')} (default: ${DEFAULT_METHOD})`).argParser(
      (text: string, previous: readonly string[] | undefined) => [
        ...(previous ?? []),
        ...items(text).map(oneOf(METHOD_IDS)),
      ],
    ),
  metric: () =>
    new Option('--metric <names>', `${METRIC_IDS.join(', ')} (default: all)`).argParser(
      (text: string, previous: readonly string[] | undefined) => [
        ...(previous ?? []),
        ...items(text).map(oneOf(METRIC_IDS)),
      ],
    ),
  seed: () => new Option('--seed <number>', 'of all that is drawn at random').argParser(whole).default(0),
  random: () =>
    new Option('--random <count>', 'how many random maps tell the chance level; 0 for none')
      .argParser(whole)
      .default(DRAWS),
  csv: () => new Option('--csv', 'print a line for each number: picture, class, method, layer, metric').default(false),
  layer: () =>
    new Option(
      '--layer <paths>',
      'hook points, as `hookscope hooks` lists them (default: the network’s last)',
    ).argParser(append),
  ablate: () =>
    new Option('--ablate <layer:channels>', 'switch channels off, as layer4.1:12,40; may be repeated').argParser(
      (text: string, previous: readonly Ablation[] | undefined) => [...(previous ?? []), readAblation(text)],
    ),
  class: () =>
    new Option(
      '--class <names>',
      'classes by index, label, top1 to top5, or bottom1, the least likely (default: top1); of a network that gives one number 0 is what it stands for and 1 its absence',
    ).argParser(append),
  option: () =>
    new Option(
      '--option <name=value>',
      'an option of the method, as docs/methods.md lists them; may be repeated',
    ).argParser((text: string, previous: OptionValues | undefined) => {
      const [, name = '', value = ''] = /^([^=]+)=(.*\S.*)$/.exec(text) ?? []
      if (name) return { ...previous, [name]: Number.isFinite(Number(value)) ? Number(value) : value.trim() }
      throw new InvalidArgumentError('Give a name and a number or a word, as steps=50 or baseline=black.')
    }),
  against: () =>
    new Option(
      '--against <class>',
      'explain what speaks for each class rather than for this one: the difference of their logits',
    ),
  negative: () =>
    new Option(
      '--negative',
      'explain what speaks against each class: the map of its negated logit (Selvaraju et al. 2017)',
    ).default(false),
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
  remove: () => new Option('--remove <ids>', 'delete these downloads').argParser(append),
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

const oneOf =
  (ids: readonly string[]) =>
  (text: string): string => {
    const found = ids.find(id => id === text.toLowerCase())
    if (found) return found
    throw new InvalidArgumentError(`Allowed choices are ${ids.join(', ')}.`)
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

function whole(text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && Number.isInteger(value) && value >= 0 && value < 2 ** 31) return value
  throw new InvalidArgumentError('Give a whole number from 0 on.')
}

function positive(text: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && value > 0) return value
  throw new InvalidArgumentError('Give a whole number from 1 on.')
}

function size(text: string): Preprocessing['size'] {
  const [, height, width = height] = /^(\d{1,5})(?:[x×](\d{1,5}))?$/i.exec(text.trim()) ?? []
  if (Number(height) > 0 && Number(width) > 0) return [Number(height), Number(width)]
  throw new InvalidArgumentError('Give pixels, as 224, or height and width, as 224x320.')
}

function perChannel(text: string): PerChannel {
  const found = text.split(',').map(item => (item.trim() === '' ? Number.NaN : Number(item)))
  if (found.every(Number.isFinite)) return found
  throw new InvalidArgumentError('Give a number for each channel, as 0.485,0.456,0.406, or one for all.')
}

function divisors(text: string): PerChannel {
  const found = perChannel(text)
  if (found.every(value => value > 0)) return found
  throw new InvalidArgumentError('Pixels are divided by these: give numbers above 0.')
}

function inputValues(text: string, previous: Readonly<Record<string, readonly number[]>> | undefined) {
  const [, name = '', list = ''] = /^(.+?)=(.*)$/.exec(text) ?? []
  const truths: Readonly<Record<string, number>> = { true: 1, false: 0 }
  const values = list.split(',').map(item => {
    const plain = item.trim().toLowerCase()
    return plain === '' ? Number.NaN : (truths[plain] ?? Number(plain))
  })
  if (name && values.every(Number.isFinite)) return { ...previous, [name]: values }
  throw new InvalidArgumentError('Give a name and numbers, as keep_prob=1, training=false or meta=0.5,2,1.')
}

function range(text: string): Preprocessing['range'] {
  const found = ([1, 255] as const).find(most => most === Number(text))
  if (found) return found
  throw new InvalidArgumentError('Give 1 for pixels from 0 to 1, or 255 for 0 to 255.')
}
