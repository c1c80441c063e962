import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { serwist } from '@serwist/vite'
import sirv from 'sirv'
import type { Plugin, PluginOption } from 'vite'
import catalog from './models/catalog.json' with { type: 'json' }

const OUT = 'dist/app'

/** The network that the page opens unless it is asked for another. */
const first = catalog.networks[0]?.id

/** src/offline/service-worker.ts, with the list of what it keeps from the first visit on: 42 MB. */
export const offline: PluginOption = serwist({
  swSrc: 'src/offline/service-worker.ts',
  swDest: 'sw.js',
  globDirectory: OUT,
  globPatterns: [
    '**/*.{html,js,mjs,css,json,svg,png,jpg}',
    'assets/ort-wasm-simd-threaded-*.wasm',
    `assets/${first}-*.onnx`,
  ],
  maximumFileSizeToCacheInBytes: 30_000_000,
  dontCacheBustURLsMatching: /^assets\//,
  rollupFormat: 'iife',
})

const compress = promisify(gzip)

/** Writes a .gz beside each text and program, which `vite preview` and most hosts send where it is understood. */
export const compressed: Plugin = {
  name: 'compressed',
  apply: 'build',
  async writeBundle(_, bundle) {
    const names = Object.keys(bundle).filter(name => /\.(html|m?js|css|json|wasm)$/.test(name))
    await Promise.all(
      names.map(async name => {
        const file = join(OUT, name)
        await writeFile(`${file}.gz`, await compress(await readFile(file)))
      }),
    )
  },
  configurePreviewServer: ({ middlewares, config }) => {
    const headers = Object.entries(config.preview.headers)
    middlewares.use(
      sirv(OUT, {
        gzip: true,
        etag: true,
        dev: true,
        setHeaders: response => {
          for (const [name, value] of headers) if (value !== undefined) response.setHeader(name, value)
        },
      }),
    )
  },
}
