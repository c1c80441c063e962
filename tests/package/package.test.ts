import { execFileSync, spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { build } from 'esbuild'
import { createServer } from 'vite'
import { expect, inject, it } from 'vitest'
import { examples, firstExample } from '../support/examples'
import { install, npm } from './npm'
import { logged, loggedAt } from './page'
import { FIRST, node, PRINTED, project, REFERENCE, tool } from './project'

/** ONNX Runtime Web and what it needs. */
const RUNTIME =
  /^(onnxruntime-|protobufjs|@protobufjs\/|@types\/node|undici-types|flatbuffers|guid-typescript|long|platform)/

const PAGES = ['hookscope', 'autodiff', 'image']

const HTML = '<!doctype html><script type="module" src="./first.mjs"></script>'

it('holds the built library, the command line and types, and nothing else', () => {
  const listed = execFileSync('tar', ['tzf', inject('tarball')], { encoding: 'utf8' })
  const folders = new Set(
    listed
      .trim()
      .split('\n')
      .map(path => path.split('/').slice(1, -1).join('/')),
  )
  expect(folders).toEqual(new Set(['', 'bin', 'dist/cli', 'dist/lib', 'models']))
  expect(statSync(inject('tarball')).size).toBeLessThan(1.5e6)
})

it('is installed with ONNX Runtime alone where sharp is left out, which the command line then names', () => {
  const folder = join(dirname(inject('tarball')), 'without sharp')
  install(folder, inject('tarball'), 'onnxruntime-web', '--omit=optional')
  const { packages } = JSON.parse(readFileSync(join(folder, 'node_modules/.package-lock.json'), 'utf8'))
  const needed = Object.keys(packages).filter(path => existsSync(join(folder, path)))
  const ours = needed.map(path => path.replace('node_modules/', '')).filter(name => !RUNTIME.test(name))
  expect(ours).toEqual(['hookscope'])
  const picture = resolve('tests/golden/pictures/chelsea.png')
  const binary = join(folder, 'node_modules/hookscope/bin/hookscope.js')
  const asked = ['classify', picture, '--model', resolve('models/resnet18.onnx'), '--labels', 'caltech-101']
  const { status, stderr } = spawnSync(process.execPath, [binary, ...asked], { cwd: folder, encoding: 'utf8' })
  expect([status, stderr.trim().split('\n').at(-1)]).toEqual([
    2,
    'hookscope: Pictures are read and written by sharp, which is not installed here. Run npm i sharp, or give a .npy file.',
  ])
})

it('finds no fault with publint', () => {
  expect(tool('.', 'publint/src/cli.js', inject('tarball'), '--strict')).toContain('All good!')
})

it('gives every import its types (are the types wrong?)', () => {
  const report = tool('.', '@arethetypeswrong/cli/dist/index.js', inject('tarball'), '--profile', 'esm-only')
  const code = Object.keys(JSON.parse(readFileSync('package.json', 'utf8')).exports).slice(0, -1)
  expect(report.match(/^(node16 \(from ESM\)|bundler): .*$/gm)).toEqual([
    ...code.flatMap(() => ['node16 (from ESM): 🟢 (ESM)', 'bundler: 🟢 ']),
    ...['node16 (from ESM): 🟢 (JSON)', 'bundler: 🟢 (JSON)'],
  ])
})

it.each(PAGES)('runs every example of the reference’s page %s in Node', page => {
  const [programs, printed] = ['js', 'text'].map(language => examples(`docs/api/${page}.md`, language))
  const found = programs?.map(program => node(project({ 'example.mjs': program }), 'example.mjs'))
  expect(found).toEqual(printed)
})

it.each([
  ['node16', 'node16'],
  ['bundler', 'esnext'],
])('has types for moduleResolution %s', (moduleResolution, module) => {
  const compilerOptions = {
    ...{ moduleResolution, module, strict: true, exactOptionalPropertyTypes: true, noEmit: true },
    ...{ target: 'es2023', lib: ['es2023', 'dom'], types: [], allowJs: true, checkJs: true },
  }
  const programs = PAGES.flatMap(page => examples(`docs/api/${page}.md`, 'js'))
  const wrong = "import { GraphBuilder } from 'hookscope'\nnew GraphBuilder().relu(3)\n"
  const folder = project({
    'tsconfig.json': JSON.stringify({ compilerOptions, include: ['*.mts'], exclude: ['wrong.mts'] }),
    'wrong.json': JSON.stringify({ compilerOptions, files: ['wrong.mts'] }),
    ...Object.fromEntries(programs.map((program, i) => [`program-${i}.mts`, program])),
    'cli.mts': "import { main } from 'hookscope/cli'\nawait main(['node', 'hookscope', '--help'])\n",
    'wrong.mts': wrong,
  })
  tool(folder, 'typescript/bin/tsc')
  expect(() => tool(folder, 'typescript/bin/tsc', '-p', 'wrong.json')).toThrow(
    expect.objectContaining({ stdout: expect.stringContaining('wrong.mts(2,20): error TS2554') }),
  )
})

it('is bundled by Vite with one copy of each WASM file, and runs', async () => {
  const folder = project({ 'first.mjs': FIRST, 'index.html': HTML })
  tool(folder, 'vite/bin/vite.js', 'build', '--logLevel', 'error')
  const wasm = readdirSync(join(folder, 'dist/assets')).filter(name => name.endsWith('.wasm'))
  expect(wasm.map(name => name.replace(/-[\w-]{8}\.wasm$/, '')).sort()).toEqual([
    'ort-wasm-simd-threaded',
    'ort-wasm-simd-threaded.asyncify',
  ])
  expect(await logged(join(folder, 'dist'), 'index.html', 3)).toBe(PRINTED)
})

it('is served by Vite while a page is written', async () => {
  const root = project({ 'first.mjs': FIRST, 'index.html': HTML })
  const server = await createServer({
    root,
    configFile: false,
    logLevel: 'error',
    server: { port: 0, host: '127.0.0.1' },
  })
  try {
    await server.listen()
    expect(await loggedAt(server.resolvedUrls?.local[0] ?? '', 3)).toBe(PRINTED)
  } finally {
    await server.close()
  }
})

it('is bundled by esbuild, and runs with the WASM beside it', async () => {
  const folder = project({ 'first.mjs': FIRST, 'out/index.html': HTML })
  await build({
    ...{ absWorkingDir: folder, entryPoints: ['first.mjs'], outdir: 'out', outExtension: { '.js': '.mjs' } },
    ...{ bundle: true, splitting: true, format: 'esm', logLevel: 'error' },
  })
  const wasm = 'ort-wasm-simd-threaded.wasm'
  copyFileSync(join(inject('installed'), 'node_modules/onnxruntime-web/dist', wasm), join(folder, 'out', wasm))
  expect(await logged(join(folder, 'out'), 'index.html', 3)).toBe(PRINTED)
})

it('runs on a plain page with the import map of the reference', async () => {
  const html = firstExample(REFERENCE, 'html').replaceAll('./node_modules', '../node_modules')
  const folder = project({ 'first.mjs': FIRST, 'index.html': `<!doctype html>${html}` })
  expect(await logged(inject('installed'), `${basename(folder)}/index.html`, 3)).toBe(PRINTED)
})

it('has a command line that npx runs', () => {
  const folder = project({})
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
  expect(npm('npx', folder, 'hookscope', '--version')).toBe(`${version}\n`)
  const picture = resolve('tests/golden/pictures/chelsea.png')
  const asked = [
    'classify',
    picture,
    '--model',
    resolve('models/resnet18.onnx'),
    '--labels',
    'caltech-101',
    '--top',
    '1',
  ]
  expect(npm('npx', folder, 'hookscope', ...asked)).toBe(`${picture}\n   67.4 %    25  cougar face\n`)
})
