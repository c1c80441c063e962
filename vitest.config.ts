import { defineConfig } from 'vitest/config'
import { scripts } from './vite.script.ts'

/** tests/e2e is playwright's; the command line's tests spawn what was built. */
export default defineConfig({
  test: {
    projects: [
      {
        plugins: [scripts],
        test: {
          name: 'unit',
          include: ['tests/**/*.test.ts'],
          exclude: ['tests/cli/**', 'tests/e2e/**'],
          testTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'cli',
          include: ['tests/cli/**/*.test.ts'],
          globalSetup: 'tests/cli/build.ts',
          testTimeout: 120_000,
        },
      },
    ],
  },
})
