import type { Attribution } from '../attribution/method'
import { findMethod } from '../attribution/methods'
import { classOf } from '../attribution/target'
import { labelOf } from '../catalog/labels'
import type { Prediction } from '../catalog/predictions'
import type { Places } from '../image/types'

/** A class among the best, as JSON. */
export interface TopClass {
  readonly index: number
  readonly label: string
  /** 0..1 */
  readonly probability?: number
  /** Instead, where the network gives no probabilities: the number that it gives. */
  readonly value?: number
}

/** A map or gradient, as JSON. */
export interface MapEntry {
  /** Id of the method. */
  readonly method: string
  /** As it was asked for, else the path of the default; `input` where values over it are shown. */
  readonly layer: string
  /** For `guided-gradcam`: the layer of its Grad-CAM. */
  readonly camLayer?: string
  readonly class: number
  /** The class that it is held against, where there is one. */
  readonly against?: number
  /** Of what speaks against the class, of its negated logit. */
  readonly negative?: true
  readonly label: string
  /** [H, W] of a map, [C, H, W] of a gradient. */
  readonly shape: readonly number[]
  /** Of guided backpropagation and its like: how many ReLUs they acted at. */
  readonly rectifiers?: number
  /**
   * With `--raw`, and in what the page saves: row-major, neither scaled nor resized; `cam` before its ReLU; gradients
   * with respect to the normalised input.
   */
  readonly values?: readonly number[]
  /** How the map lies over the network's input, in its pixels; stretched over all of it where this is not given. */
  readonly places?: Places
  readonly files?: readonly string[]
}

/** @param isNumber whether the network gives numbers that are no probabilities */
export function topClasses(
  predictions: readonly Prediction[],
  labels: readonly string[],
  isNumber: boolean,
): TopClass[] {
  return predictions.map(({ index, probability }) => ({
    index,
    label: labelOf(labels, index),
    ...(isNumber ? { value: digit(probability) } : { probability }),
  }))
}

/**
 * @param labels of each class
 * @param rectifiers at how many ReLUs guided backpropagation acts
 */
export function mapEntry(result: Attribution, labels: readonly string[], rectifiers: number): MapEntry {
  const { method, layer, target } = result
  const camLayer = result.kind === 'gradient' ? result.camLayer : null
  const places = result.kind === 'map' ? result.map.places : undefined
  const index = classOf(target)
  return {
    method,
    layer,
    ...(camLayer !== null && { camLayer }),
    class: index,
    ...('against' in target && { against: target.against }),
    ...('absent' in target && { negative: true as const }),
    label: labelOf(labels, index),
    shape: shapeOf(result),
    ...(findMethod(method).remark && { rectifiers }),
    ...(places && { places }),
  }
}

/** The numbers of a map or gradient. */
export function mapValues(result: Attribution): Pick<MapEntry, 'values'> {
  return { values: digits(result.kind === 'map' ? result.map.values : result.gradient.values) }
}

function shapeOf(result: Attribution): readonly number[] {
  if (result.kind === 'map') return [result.map.height, result.map.width]
  const { height, width, values } = result.gradient
  return [values.length / (height * width), height, width]
}

/** Nine significant digits tell every float32 apart. */
export function digits(values: Float32Array): number[] {
  return Array.from(values, digit)
}

const digit = (value: number): number => Number(value.toPrecision(9))
