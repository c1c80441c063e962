import { writeFileSync } from 'node:fs'
import { methodsPage } from './methods'

writeFileSync(new URL('../../docs/methods.md', import.meta.url), methodsPage())
