import { alexnet } from './alexnet'
import { cam } from './cam'
import { change } from './change'
import { convolution } from './convolution'
import { flow } from './flow'
import { gradient } from './gradient'
import type { Lesson } from './lesson'
import { relu } from './relu'
import { vgg16 } from './vgg16'

/** In the order in which they are read. */
export const LESSONS: readonly Lesson[] = [gradient, change, flow, convolution, vgg16, relu, alexnet, cam]
