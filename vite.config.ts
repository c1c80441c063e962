import react from '@vitejs/plugin-react'
import { defaultClientConditions, defineConfig, mergeConfig, type Plugin } from 'vite'
import catalog from './models/catalog.json' with { type: 'json' }
import { compressed, offline } from './vite.offline.ts'
import { scripts } from './vite.script.ts'

/** Without these two a page has no SharedArrayBuffer, and WASM one thread. */
const isolation = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
}

/** What docs/security.md asks of every host, besides. */
const walls = { 'X-Content-Type-Options': 'nosniff', 'Referrer-Policy': 'no-referrer' }

/** Where networks are downloaded from. */
const { base, redirects } = catalog.downloads

/** Where they come from in place of the catalog's host, where that is set while building. */
const mirror = process.env.HOOKSCOPE_MIRROR
const mirrorHost = mirror?.match(/^https?:/i) ? [new URL(mirror).origin] : []

/**
 * Names no host but the page's own and those that the catalog's networks are downloaded from. Nothing is sent there but
 * the request for a file: no picture leaves the machine. `style-src` is open for React Aria's inline styles.
 */
const policy = [
  "default-src 'self'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "worker-src 'self' blob:",
  "img-src 'self' blob: data:",
  "style-src 'self' 'unsafe-inline'",
  `connect-src 'self' blob: data: ${[new URL(base).origin, ...redirects, ...mirrorHost].join(' ')}`,
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ')

/** Only in the build: the dev server's hot reload needs inline scripts and a web socket. */
const contentSecurityPolicy: Plugin = {
  name: 'content-security-policy',
  apply: 'build',
  transformIndexHtml: () => [
    { tag: 'meta', attrs: { 'http-equiv': 'Content-Security-Policy', content: policy }, injectTo: 'head-prepend' },
  ],
}

/** A worker goes by the policy that its script came with, not by the page's. */
const workersPolicy: Plugin = {
  name: 'workers-content-security-policy',
  configurePreviewServer: server => {
    server.middlewares.use((request, response, next) => {
      if (/\.m?js($|\?)/.test(request.url ?? '')) response.setHeader('Content-Security-Policy', policy)
      next()
    })
  },
}

/** For every page that is made of the sources. */
export const shared = defineConfig({
  base: './',
  envPrefix: ['VITE_', 'HOOKSCOPE_MIRROR'],
  plugins: [react(), scripts, contentSecurityPolicy, workersPolicy],
  assetsInclude: ['**/*.onnx'],
  resolve: { conditions: ['onnxruntime-web-use-extern-wasm', ...defaultClientConditions] },
  optimizeDeps: { exclude: ['onnxruntime-web'] },
  worker: { format: 'es' },
  build: { outDir: 'dist/app', target: 'es2023', chunkSizeWarningLimit: 1000 },
  server: { headers: isolation },
  preview: { headers: { ...isolation, ...walls } },
})

export default mergeConfig(shared, { plugins: [offline, compressed] })
