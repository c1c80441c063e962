import { defineConfig } from 'vite'

/** The command line for Node; what stands in node_modules stays there. */
export default defineConfig({
  publicDir: false,
  build: { ssr: 'src/cli/main.ts', outDir: 'dist/cli', target: 'node20', minify: false },
})
