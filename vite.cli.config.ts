import { defineConfig } from 'vite'

/** The command line for Node. ONNX Runtime and sharp, which bring binaries of their own, are installed; all else is in the file. */
export default defineConfig({
  publicDir: false,
  ssr: { noExternal: true, external: ['onnxruntime-web', 'sharp'] },
  build: {
    ssr: 'src/cli/main.ts',
    outDir: 'dist/cli',
    target: 'node20',
    minify: false,
    license: { fileName: 'licenses.md' },
  },
})
