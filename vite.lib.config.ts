import { defineConfig } from 'vite'

/**
 * The library, for page and Node. ONNX Runtime is left to the project that installs it; all else is in the files, so that a
 * page needs no bundler.
 */
export default defineConfig({
  publicDir: false,
  build: {
    lib: { entry: ['src/hookscope.ts', 'src/autodiff.ts', 'src/image.ts'], formats: ['es'] },
    outDir: 'dist/lib',
    target: 'es2023',
    minify: false,
    license: { fileName: 'licenses.md' },
    rolldownOptions: { external: [/^onnxruntime-web/], output: { chunkFileNames: 'shared-[hash].js' } },
  },
})
