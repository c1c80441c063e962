import { HookscopeError } from '../../errors'
import { PRESETS } from '../../preprocessing/presets'
import { readNames, readSizes } from './literal'
import type { Statement, Subject } from './statement'

const TASKS: Readonly<Record<string, string>> = {
  detect: 'it finds boxes',
  segment: 'it finds outlines',
  pose: 'it finds poses',
  obb: 'it finds turned boxes',
}

/** Whether YOLOv5 or an Ultralytics package wrote the metadata. */
const isTheirs = (metadata: ReadonlyMap<string, string>): boolean =>
  /ultralytics/i.test(metadata.get('author') ?? '') || (metadata.has('names') && metadata.has('stride'))

/** @throws HookscopeError `bad-model` for a file that says that it does something else than to classify */
export function refuseTask(metadata: ReadonlyMap<string, string>): void {
  const task = metadata.get('task')?.toLowerCase()
  const does = isTheirs(metadata) && task !== undefined && Object.hasOwn(TASKS, task) ? TASKS[task] : undefined
  if (does)
    throw new HookscopeError(
      'bad-model',
      `The file says that its task is “${task}” (Ultralytics): ${does}, and is no image classifier. Choose a network of the task “classify”.`,
    )
}

/**
 * The form that Ultralytics' exporters write. Their classifiers take 0 to 1 without mean and deviation, the short side made the
 * input's and the centre cut; YOLOv5's, which write no author, take ImageNet's mean and deviation.
 */
export function ultralytics(metadata: ReadonlyMap<string, string>, subject: Subject): Statement | undefined {
  if (!isTheirs(metadata)) return undefined
  const task = metadata.get('task')?.toLowerCase()
  const names = readNames(metadata.get('names') ?? '')
  const [height, width = height] = readSizes(metadata.get('imgsz') ?? '')
  const size = height !== undefined && width !== undefined ? ([height, width] as const) : undefined
  const all = (value: number) => new Array<number>(subject.channels).fill(value)
  const isFive = task === undefined && !metadata.has('author')
  const { mean, std } = isFive && subject.channels === 3 ? PRESETS.torchvision.values : { mean: all(0), std: all(1) }
  const shortSide = Math.max(...(size ?? subject.size))
  const version = metadata.get('version') ?? ''
  const byOpenCv = isFive || /^8\.0\./.test(version)
  const unfollowed = byOpenCv
    ? ['Versions before 8.1 resized pictures as OpenCV does; here they are resized as PIL does.']
    : []
  return {
    source: isFive ? 'YOLOv5' : 'Ultralytics',
    preprocessing: {
      ...{ range: 1, mean, std, shortSide, filter: 'bilinear' },
      ...(subject.channels === 3 && { channels: 'rgb' }),
      ...(size && { size }),
    },
    resize: 'crop',
    ...(names && { names }),
    unfollowed,
  }
}
