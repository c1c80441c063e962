import { build, defaultClientConditions, type Plugin } from 'vite'

const QUERY = '?script'

/**
 * `import code from './worker?script'`: a module with all that it imports, as the text of one script. The page hands it to
 * the sandbox, which can fetch nothing.
 */
export const scripts: Plugin = {
  name: 'scripts',
  enforce: 'pre',
  async resolveId(source, importer) {
    if (!source.endsWith(QUERY)) return null
    const found = await this.resolve(source.slice(0, -QUERY.length), importer)
    return found && `${found.id}${QUERY}`
  },
  async load(id) {
    if (!id.endsWith(QUERY)) return null
    const built = await build({
      configFile: false,
      logLevel: 'warn',
      publicDir: false,
      resolve: { conditions: ['onnxruntime-web-use-extern-wasm', ...defaultClientConditions] },
      build: {
        write: false,
        target: 'es2023',
        modulePreload: false,
        rolldownOptions: {
          input: id.slice(0, -QUERY.length),
          // The library's own choice of an engine: whoever runs in the sandbox is handed one.
          external: ['onnxruntime-web/webgpu'],
          // No module worker starts in a document without a named origin, and other scripts have no import.meta.
          output: { format: 'iife', codeSplitting: false },
          transform: { define: { 'import.meta': '{}' } },
        },
      },
    })
    const [script, ...more] = [built].flat().flatMap(one => ('output' in one ? one.output : []))
    if (script?.type !== 'chunk' || more.length > 0) throw new Error(`${id} does not come to one script`)
    for (const module of script.moduleIds) if (module.startsWith('/')) this.addWatchFile(module)
    return `export default ${JSON.stringify(script.code)}`
  },
}
