import { sampleMap } from '../image/heatmap'
import type { RawMap } from '../image/types'

/**
 * Guided Grad-CAM (Selvaraju et al. 2017, section 3.3): guided backpropagation times the Grad-CAM, which is resized to
 * the input bilinearly (half-pixel centres, torch's align_corners=False) and not scaled. 0 where no cell of it lies.
 *
 * @param guided [C, H, W] row-major
 * @param gradcam after its ReLU
 * @returns [C, H, W]
 */
export function guidedGradCam(guided: Float32Array, height: number, width: number, gradcam: RawMap): Float32Array {
  const gains = sampleMap(gradcam, width, height, true)
  return guided.map((value, i) => value * (gains[i % gains.length] || 0))
}
