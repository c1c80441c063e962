import { alexnet } from './alexnet'
import { cam } from './cam'
import { camFails } from './cam-fails'
import { change } from './change'
import { composite } from './composite'
import { convolution } from './convolution'
import { flow } from './flow'
import { gradcam } from './gradcam'
import { gradient } from './gradient'
import { guided } from './guided'
import { inside } from './inside'
import type { Lesson } from './lesson'
import { order } from './order'
import { relu } from './relu'
import { vgg16 } from './vgg16'

/** In the order in which they are read. A new one goes to the end: addresses and drafts go by the number. */
export const LESSONS: readonly Lesson[] = [
  gradient,
  change,
  flow,
  convolution,
  vgg16,
  relu,
  alexnet,
  cam,
  order,
  inside,
  composite,
  gradcam,
  guided,
  camFails,
]
