import { defineConfig } from 'vite'

/** The library, for page and Node; what stands in node_modules stays there. */
export default defineConfig({
  publicDir: false,
  build: {
    lib: { entry: 'src/hookscope.ts', formats: ['es'] },
    outDir: 'dist/lib',
    target: 'es2023',
    minify: false,
    rolldownOptions: { external: [/^[^./]/] },
  },
})
