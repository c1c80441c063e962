import { build } from 'vite'

/** Builds the binary that the tests spawn. */
export async function setup(): Promise<void> {
  await build({ configFile: 'vite.cli.config.ts', logLevel: 'error' })
}
