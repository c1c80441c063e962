import { fileURLToPath } from 'node:url'
import { runnerImport } from 'vite'
import type * as Explain from '../support/explain'

const { module } = await runnerImport<typeof Explain>(fileURLToPath(new URL('../support/explain.ts', import.meta.url)))

/** Methods are collected by Vite, which Playwright's own loader does without. */
export const { gradientOf, mapOf } = module
