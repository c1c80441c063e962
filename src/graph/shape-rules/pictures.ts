import { intAttribute, intsAttribute } from '../attributes'
import { sizeOf } from '../tensors'
import { windowOf } from '../window'
import { positiveAxis, type ShapeRule, type ValueInfo } from './value-info'

/** x [N, C, …] is read at the places of the grid [N, …, axes]. */
const gridSample: ShapeRule = ({ inputs: [x, grid] }) =>
  x && grid ? [{ type: x.type, dims: [...x.dims.slice(0, 2), ...grid.dims.slice(1, -1)] }] : []

/** size [N, C, H, W] gives a place of each pixel, [N, H, W, 2]. */
const affineGrid: ShapeRule = ({ inputs: [theta, size] }) => {
  const { content } = size ?? {}
  if (!theta || !content) return []
  return [{ type: theta.type, dims: [content[0] ?? 1, ...content.slice(2), content.length - 2] }]
}

const roiAlign: ShapeRule = ({ node, inputs: [x, rois] }) => {
  if (!x || !rois) return []
  const [height, width] = ['output_height', 'output_width'].map(name => intAttribute(node, name, 1))
  return [{ type: x.type, dims: [rois.dims[0] ?? 0, x.dims[1] ?? 1, height ?? 1, width ?? 1] }]
}

const maxRoiPool: ShapeRule = ({ node, inputs: [x, rois] }) => {
  const size = intsAttribute(node, 'pooled_shape')
  return x && rois && size ? [{ type: x.type, dims: [rois.dims[0] ?? 0, x.dims[1] ?? 1, ...size] }] : []
}

/** Columns [N, C · block, L] become pictures [N, C, …]. */
const col2Im: ShapeRule = ({ inputs: [x, picture, block] }) => {
  if (!x || !picture?.content || !block?.content) return []
  return [{ type: x.type, dims: [x.dims[0] ?? 1, (x.dims[1] ?? 0) / sizeOf(block.content), ...picture.content] }]
}

const deformConv: ShapeRule = ({ node, inputs: [x, w] }) => {
  if (!x || !w) return []
  const { output } = windowOf(node, x.dims.slice(2), w.dims.slice(2))
  return [{ type: x.type, dims: [x.dims[0] ?? 1, w.dims[0] ?? 1, ...output] }]
}

/** (in − 1)·stride + kernel − begin − end, unless a shape is given. */
const maxUnpool: ShapeRule = ({ node, inputs: [x, , shape] }) => {
  const kernel = intsAttribute(node, 'kernel_shape')
  if (!x || !kernel || (node.inputs[2] && !shape?.content)) return []
  if (shape?.content) return [{ type: x.type, dims: shape.content }]
  const strides = intsAttribute(node, 'strides') ?? kernel.map(() => 1)
  const pads = intsAttribute(node, 'pads') ?? []
  const spatial = kernel.map(
    (size, i) =>
      ((x.dims[i + 2] ?? 1) - 1) * (strides[i] ?? 1) + size - (pads[i] ?? 0) - (pads[i + kernel.length] ?? 0),
  )
  return [{ type: x.type, dims: [...x.dims.slice(0, 2), ...spatial] }]
}

const centerCropPad: ShapeRule = ({ node, inputs: [x, shape] }) => {
  const { content } = shape ?? {}
  if (!x || !content) return []
  const axes = intsAttribute(node, 'axes') ?? x.dims.map((_, i) => i)
  const dims = [...x.dims]
  axes.forEach((axis, i) => {
    dims[positiveAxis(axis, dims.length)] = content[i] ?? 1
  })
  return [{ type: x.type, dims }]
}

/** The old Crop: `border` left, top, right, bottom, or `scale` the size that stays. */
const crop: ShapeRule = ({ node, inputs: [x] }) => {
  const [left = 0, top = 0, right = 0, bottom = 0] = intsAttribute(node, 'border') ?? []
  const size = intsAttribute(node, 'scale')
  const [n = 1, c = 1, h = 1, w = 1] = x?.dims ?? []
  return x
    ? [{ type: x.type, dims: [n, c, ...(size ?? [h - top - bottom, w - left - right])] } satisfies ValueInfo]
    : []
}

export const pictureShapes: Readonly<Record<string, ShapeRule>> = {
  AffineGrid: affineGrid,
  CenterCropPad: centerCropPad,
  Col2Im: col2Im,
  Crop: crop,
  DeformConv: deformConv,
  GridSample: gridSample,
  MaxRoiPool: maxRoiPool,
  MaxUnpool: maxUnpool,
  RoiAlign: roiAlign,
}
