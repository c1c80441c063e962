import { writeFileSync } from 'node:fs'
import { supported } from './supported'

writeFileSync(new URL('../../docs/supported.md', import.meta.url), supported())
