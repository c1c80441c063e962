import { defineConfig } from 'vitest/config'
import { scripts } from './vite.script.ts'

/** tests/e2e is playwright's; the command line's tests spawn what was built, the package's what was packed and installed. */
export default defineConfig({
  test: {
    projects: [
      {
        plugins: [scripts],
        test: {
          name: 'unit',
          include: ['tests/**/*.test.ts'],
          exclude: ['tests/cli/**', 'tests/package/**', 'tests/e2e/**'],
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
      {
        test: {
          name: 'package',
          include: ['tests/package/**/*.test.ts'],
          globalSetup: 'tests/package/install.ts',
          testTimeout: 120_000,
        },
      },
    ],
  },
})
