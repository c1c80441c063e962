import { mergeConfig } from 'vite'
import { shared } from '../../../vite.config.ts'

/** The engine's sources as a page of their own, for tests that need a browser but no user interface. */
export default mergeConfig(shared, {
  root: 'tests/e2e/harness',
  publicDir: false,
  build: { outDir: '../../../dist/harness', emptyOutDir: true },
})
