/// <reference types="vite/types/importMeta.d.ts" />
import { HookscopeError } from '../../errors'
import type { Metric } from '../metric'

const files = import.meta.glob<{ readonly default: Metric }>(['./*.ts', '!./index.ts'], { eager: true })

/** Every file of this folder is a metric. In the order in which tables and documents have them. */
export const METRICS: readonly Metric[] = Object.values(files)
  .map(file => file.default)
  .sort((a, b) => a.order - b.order)

export const METRIC_IDS: readonly string[] = METRICS.map(({ id }) => id)

/** @throws HookscopeError `bad-argument` */
export function findMetric(id: string): Metric {
  const found = METRICS.find(metric => metric.id === id)
  if (found) return found
  throw new HookscopeError('bad-argument', `There is no metric "${id}". Choose one of ${METRIC_IDS.join(', ')}.`)
}
