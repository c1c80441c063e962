import * as v from 'valibot'
import { FILTERS, type Filter, type Preprocessing } from '../../image/types'
import type { Statement, Subject } from './statement'

const number = v.fallback(v.optional(v.number()), undefined)
const flag = v.fallback(v.optional(v.boolean()), undefined)
const text = v.fallback(v.optional(v.string()), undefined)
const numbers = v.fallback(v.optional(v.array(v.number())), undefined)
const extent = v.fallback(
  v.optional(
    v.union([
      v.number(),
      v.object({ height: v.number(), width: v.number() }),
      v.object({ shortest_edge: v.number() }),
      v.array(v.number()),
    ]),
  ),
  undefined,
)
type Extent = v.InferOutput<typeof extent>

/** `preprocessor_config.json`, as Hugging Face's image processors write it. */
const Processor = v.object({
  ...{ do_resize: flag, size: extent, resample: number, do_center_crop: flag, crop_size: extent, crop_pct: number },
  ...{ do_rescale: flag, rescale_factor: number, rescale_offset: flag },
  ...{ do_normalize: flag, image_mean: numbers, image_std: numbers, do_flip_channel_order: flag },
})
type Processor = v.InferOutput<typeof Processor>

/** PIL's numbers of its filters. */
const RESAMPLE: readonly Filter[] = ['nearest', 'lanczos', 'bilinear', 'bicubic', 'box', 'hamming']

function both(of: Extent): Preprocessing['size'] | undefined {
  if (of === undefined) return undefined
  if (typeof of === 'number') return [of, of]
  if (Array.isArray(of)) return of[0] === undefined ? undefined : [of[0], of[1] ?? of[0]]
  return 'height' in of ? [of.height, of.width] : undefined
}

const shortest = (of: Extent): number | undefined =>
  typeof of === 'object' && 'shortest_edge' in of ? of.shortest_edge : undefined

/** @param json the contents of `preprocessor_config.json` */
export function processor(json: unknown, subject: Subject): Statement | undefined {
  const parsed = v.safeParse(Processor, json)
  if (!parsed.success || Object.values(parsed.output).every(value => value === undefined)) return undefined
  const of = parsed.output
  const unfollowed: string[] = []
  const fit = fitting(of, unfollowed)
  const values = scaling(of, subject.channels, unfollowed)
  const filter = RESAMPLE[of.resample ?? -1]
  const { do_flip_channel_order: flips } = of
  return {
    source: 'preprocessor_config.json',
    preprocessing: {
      ...values,
      ...fit.preprocessing,
      ...(filter && { filter }),
      ...(subject.channels === 3 && { channels: flips ? 'bgr' : 'rgb' }),
    },
    ...(fit.resize && { resize: fit.resize }),
    unfollowed,
  }
}

type Fit = Pick<Statement, 'resize'> & { readonly preprocessing: Pick<Partial<Preprocessing>, 'size' | 'shortSide'> }

/** How a picture is made the input's size. */
function fitting(of: Processor, unfollowed: string[]): Fit {
  const { size, crop_size: cropSize, crop_pct: part } = of
  if (of.do_resize === false) {
    unfollowed.push('Pictures are not resized (do_resize is false): here they are.')
    return { preprocessing: {} }
  }
  const edge = shortest(size)
  const whole = both(size)
  const cut = of.do_center_crop === false ? undefined : both(cropSize)
  if (of.do_center_crop && cut) {
    const short = edge ?? (typeof size === 'number' ? size : undefined)
    if (short !== undefined) return { resize: 'crop', preprocessing: { size: cut, shortSide: short } }
    if (whole && `${whole}` === `${cut}`) return { resize: 'squash', preprocessing: { size: cut } }
    const longest = Math.max(...(whole ?? cut))
    if (whole)
      unfollowed.push(
        `Pictures are squashed to ${whole.join(' × ')} before the centre is cut: here their short side is made ${longest}.`,
      )
    return { resize: 'crop', preprocessing: { size: cut, shortSide: longest } }
  }
  // ConvNeXt: below 384 pixels the centre of a larger picture, else the whole one.
  const side = edge ?? (typeof size === 'number' && part !== undefined ? size : undefined)
  if (side !== undefined && part !== undefined && side < 384)
    return { resize: 'crop', preprocessing: { size: [side, side], shortSide: Math.floor(side / part) } }
  if (side !== undefined && part !== undefined) return { resize: 'squash', preprocessing: { size: [side, side] } }
  if (whole) return { resize: 'squash', preprocessing: { size: whole } }
  if (side === undefined) return { preprocessing: {} }
  unfollowed.push('Pictures keep their shape: here the centre is cut.')
  return { resize: 'crop', preprocessing: { shortSide: side } }
}

/** (b · rescale_factor − offset − mean) / std, as `range`, `mean` and `std` of a byte b. */
function scaling(of: Processor, channels: number, unfollowed: string[]): Partial<Preprocessing> {
  const factor = of.do_rescale === false ? 1 : (of.rescale_factor ?? 1 / 255)
  const offset = of.rescale_offset ? 1 : 0
  const normalizes = of.do_normalize ?? of.image_mean !== undefined
  const mean = normalizes ? perChannel(of.image_mean, channels, 0) : perChannel(undefined, channels, 0)
  const std = normalizes ? perChannel(of.image_std, channels, 1) : perChannel(undefined, channels, 1)
  if (!mean || !std || !(factor > 0) || std.some(value => !(value > 0))) {
    unfollowed.push(`Its image_mean and image_std do not fit ${channels} channels: they are not followed.`)
    return {}
  }
  if (Math.abs(factor * 255 - 1) < 1e-6) return { range: 1, mean: mean.map(value => value + offset), std }
  return { range: 255, mean: mean.map(value => (value + offset) / factor), std: std.map(value => value / factor) }
}

function perChannel(values: readonly number[] | undefined, channels: number, otherwise: number) {
  const [first = otherwise] = values ?? []
  if (values && values.length > 1 && values.length !== channels) return undefined
  return values?.length === channels ? values : new Array<number>(channels).fill(first)
}

const Timm = v.object({
  ...{ input_size: numbers, interpolation: text, crop_pct: number, crop_mode: text, mean: numbers, std: numbers },
  label_names: v.fallback(v.optional(v.array(v.string())), undefined),
})

/** `config.json`: of timm with how its pictures come in, of transformers with `id2label`. */
const Config = v.object({
  ...Timm.entries,
  pretrained_cfg: v.fallback(v.optional(Timm), undefined),
  architecture: text,
  id2label: v.fallback(v.optional(v.record(v.string(), v.string())), undefined),
})

/** @param json the contents of `config.json` */
export function config(json: unknown, subject: Subject): Statement | undefined {
  const parsed = v.safeParse(Config, json)
  if (!parsed.success) return undefined
  const { id2label, pretrained_cfg, ...flat } = parsed.output
  const names = flat.label_names ?? pretrained_cfg?.label_names ?? (id2label && inOrder(id2label))
  const { preprocessing, resize, unfollowed } = timm(pretrained_cfg ?? flat, subject)
  if (!names && !preprocessing) return undefined
  return {
    source: 'config.json',
    ...(preprocessing && { preprocessing }),
    ...(resize && { resize }),
    ...(names && { names }),
    unfollowed: unfollowed ?? [],
  }
}

/** `LABEL_0` and so on say nothing. */
function inOrder(labels: Readonly<Record<string, string>>): string[] | undefined {
  const names = Object.keys(labels).map((_, i) => labels[`${i}`])
  const told = names.every(name => name !== undefined) && !names.every((name, i) => name === `LABEL_${i}`)
  return told ? names.flatMap(name => name ?? []) : undefined
}

/** timm's Resize(⌊size / crop_pct⌋) and CenterCrop(size). */
function timm(of: v.InferOutput<typeof Timm>, { channels }: Subject): Partial<Statement> {
  if (!of.mean && !of.std && !of.input_size) return {}
  const unfollowed: string[] = []
  const [, height, width = height] = of.input_size ?? []
  const size = height !== undefined && width !== undefined ? ([height, width] as const) : undefined
  const part = of.crop_pct ?? 0.875
  const filter = FILTERS.find(name => name === of.interpolation)
  const mean = perChannel(of.mean, channels, 0)
  const std = perChannel(of.std, channels, 1)
  if (!mean || !std) unfollowed.push(`Its mean and std do not fit ${channels} channels: they are not followed.`)
  if (of.interpolation && !filter) unfollowed.push(`Its interpolation is ${of.interpolation}: bilinear is taken.`)
  const squashes = of.crop_mode === 'squash'
  if (of.crop_mode === 'border' || (squashes && part < 1))
    unfollowed.push(`Its crop_mode is ${of.crop_mode}: here the centre is cut.`)
  return {
    resize: squashes && part >= 1 ? 'squash' : 'crop',
    preprocessing: {
      range: 1,
      ...(mean && std && { mean, std }),
      ...(size && { size, shortSide: Math.floor(Math.max(...size) / part) }),
      ...(filter && { filter }),
      ...(channels === 3 && { channels: 'rgb' }),
    },
    unfollowed,
  }
}
