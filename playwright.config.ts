import { defineConfig } from '@playwright/test'
import { findChromium } from './tests/support/chromium'

/** WebGPU without a GPU, through SwiftShader; and nothing that asks the network on its own. */
const args = [
  '--no-sandbox',
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

const APP = 'http://localhost:4180'
/** The engine without the page. */
const HARNESS = 'http://localhost:4181'

const ENGINE = ['engine.e2e.ts', 'families.e2e.ts', 'hooks.e2e.ts']

const HARNESS_CONFIG = '--config tests/e2e/harness/vite.config.ts'

export default defineConfig({
  testDir: 'tests/e2e',
  testMatch: '*.e2e.ts',
  workers: 1,
  timeout: 180_000,
  expect: { timeout: 60_000 },
  reporter: [['list']],
  use: {
    baseURL: APP,
    launchOptions: { executablePath: findChromium(), args },
    viewport: { width: 1440, height: 900 },
    permissions: ['clipboard-read', 'clipboard-write'],
    trace: 'retain-on-failure',
    // It would fetch 42 MB beside each test; offline.e2e.ts lets it.
    serviceWorkers: 'block',
  },
  projects: [
    { name: 'app', testIgnore: ENGINE },
    { name: 'engine', testMatch: ENGINE, timeout: 600_000, use: { baseURL: HARNESS } },
  ],
  webServer: [
    { command: 'npx vite preview --port 4180 --strictPort', url: APP, reuseExistingServer: false },
    {
      command: `npx vite build ${HARNESS_CONFIG} && npx vite preview ${HARNESS_CONFIG} --port 4181 --strictPort`,
      url: HARNESS,
      reuseExistingServer: false,
    },
  ],
})
