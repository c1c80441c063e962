import { HookscopeError } from '../../errors'
import { liesOnPicture, sampleMap } from '../../image/heatmap'
import type { RawMap } from '../../image/types'
import { SANITY, withoutReLU } from '../input-gradient'
import { defineMethod } from '../method'
import gradcam from './gradcam'
import guided from './guided'

/**
 * Guided backpropagation times the Grad-CAM of a layer (section 3.3 of the paper), which is resized to the input bilinearly
 * (half-pixel centres, torch's align_corners=False) and not scaled. 0 where no cell of it lies.
 */
export default defineMethod({
  id: 'guided-gradcam',
  order: 140,
  label: 'Guided Grad-CAM',
  paper: 'Selvaraju et al. 2017, Grad-CAM: Visual Explanations from Deep Networks via Gradient-based Localization',
  formula: 'guided backpropagation × Grad-CAM resized to the input',
  help: 'Guided backprop where Grad-CAM says that it speaks for the class.',
  caution: `Where it is bright depends on the class through Grad-CAM alone; its detail is guided backprop’s, which hardly does (${SANITY}).`,
  cost: 'one backward run to the layer, one to the input',
  result: 'gradient',
  readsLayer: true,
  available: (network, point) => (network.inputGradient.ok ? point.gradient : network.inputGradient),
  remark: network => withoutReLU(network, 'Guided Grad-CAM', 'the plain gradient times Grad-CAM'),
  async attribute(context, question) {
    const cam = await context.explain(gradcam, question)
    if (!liesOnPicture(cam.map))
      throw new HookscopeError(
        'no-spatial-extent',
        `The Grad-CAM of ${question.layer} cannot be laid over the input: ${cam.map.places?.mixed}. Choose a layer before that.`,
      )
    const back = await context.explain(guided, question)
    return { values: gained(back.gradient.values, cam.map, context), evidence: null }
  },
})

/** Values over the input [C, H, W], each times what a map has at its place. */
export function gained(
  values: Float32Array,
  map: RawMap,
  { height, width }: { readonly height: number; readonly width: number },
): Float32Array {
  const gains = sampleMap(map, width, height, true)
  return values.map((value, i) => value * (gains[i % gains.length] || 0))
}
