import { writeFileSync } from 'node:fs'
import { metricsPage } from './metrics'

writeFileSync(new URL('../../docs/metrics.md', import.meta.url), metricsPage())
