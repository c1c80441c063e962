import { CacheFirst, ExpirationPlugin, type PrecacheEntry, Serwist } from 'serwist'

declare const self: ServiceWorkerGlobalScope & { readonly __SW_MANIFEST: (PrecacheEntry | string)[] }

/** Networks and builds of the engine that are kept at a time, the longest unused go first. */
const LARGE_FILES = 8

/**
 * Keeps the page, the engine on WASM and the first network, so that a second visit needs no connection. Other networks and
 * builds of the engine are kept once they were used: they are 100 MB in all. A new version waits until every tab of the old
 * one is closed, or the page asks for it.
 */
const offline = new Serwist({
  precacheEntries: self.__SW_MANIFEST,
  // The address names a network and a view: it is the same page.
  precacheOptions: { ignoreURLParametersMatching: [/./], cleanupOutdatedCaches: true },
  clientsClaim: true,
  runtimeCaching: [
    {
      matcher: ({ url, sameOrigin }) => sameOrigin && /\/assets\/[^/]+\.(onnx|wasm)$/.test(url.pathname),
      handler: new CacheFirst({
        cacheName: 'large-files',
        plugins: [new ExpirationPlugin({ maxEntries: LARGE_FILES, maxAgeFrom: 'last-used', purgeOnQuotaError: true })],
      }),
    },
  ],
})
offline.addEventListeners()
