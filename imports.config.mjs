/**
 * Who may import whom: a rule a line, with the reason. `npm run imports` checks them (dependency-cruiser).
 *
 * @param {string} reason
 * @param {string} from files that the rule is for
 * @param {string} to what they must not import
 * @param {string} [except] files that may
 */
const never = (reason, from, to, except) => ({
  name: reason,
  severity: 'error',
  from: { path: from, ...(except && { pathNot: except }) },
  to: { path: to },
})

/** @param {string[]} names folders of src, or files without their ending */
const src = (...names) => `^src/(${names.join('|')})(/|\\.tsx?$)`

/** @param {string[]} names */
const packages = (...names) => `^(node_modules/)?(${names.join('|')})(/|$)`

/** @param {string[]} patterns */
const any = (...patterns) => patterns.join('|')

const core = src(
  'graph',
  'onnx',
  'grad',
  'analysis',
  'attribution',
  'metrics',
  'image',
  'picture',
  'preprocessing',
  'engine',
  'hooks',
  'tensors',
  'differentiate',
)
const react = packages('react', 'react-dom', 'react-aria-components', 'zustand')
const node = any(packages('sharp', 'commander'), '^(node:|fs$|path$|os$|url$|stream$|process$|timers)')
const runtime = packages('onnxruntime-web')
const knowRuntime = src(
  ...[
    'engine/ort',
    'worker/load-ort',
    'learn/worker/engine',
    'learn/page/files',
    'cli/model',
    'load-runtime',
    'hookscope',
  ],
)
const format = packages('onnx-buf', '@bufbuild')
const lessons = '^src/learn/(run/|lessons/|[^/]+\\.ts$)'

export default {
  forbidden: [
    never(
      'The core knows no page, no Node and no worker.',
      core,
      any(react, node, src('ui', 'cli', 'worker', 'catalog')),
    ),
    never('Only engine/ort.ts knows ONNX Runtime; who starts it loads it.', '^src/', runtime, knowRuntime),
    never('Only onnx/ knows the file format.', '^src/', format, src('onnx')),
    never('graph/ stands on nothing but errors.', src('graph'), '^src/(?!(graph|errors|cut)(/|\\.ts$))'),
    never('onnx/ turns bytes into a graph and back.', src('onnx'), src('grad', 'attribution', 'image', 'engine')),
    never('grad/ writes graphs from graphs.', src('grad'), src('onnx', 'attribution', 'image', 'engine')),
    never(
      'A method sees arrays and the graph, never how they were computed.',
      src('attribution'),
      src('onnx', 'engine', 'metrics'),
    ),
    never(
      'A metric sees answers, never how they were computed.',
      src('metrics'),
      src('graph', 'onnx', 'grad', 'engine'),
    ),
    never('Pictures are plain arrays.', src('image', 'picture'), src('graph', 'onnx', 'grad', 'attribution', 'engine')),
    never(
      'hooks/ stands on the engine, not the other way round.',
      src('analysis', 'engine', 'preprocessing'),
      src('hooks'),
    ),
    never(
      'The catalog serves page and command line alike.',
      src('catalog'),
      any(react, node, src('ui', 'cli', 'worker')),
    ),
    never(
      'Page and command line save and print alike: export/ knows neither.',
      src('export'),
      any(react, node, runtime, src('ui', 'cli', 'worker', 'engine', 'hooks', 'onnx')),
    ),
    never('The page has no Node.', src('ui', 'learn/page'), any(node, src('cli'))),
    never(
      'The page reaches the engine through worker/client alone.',
      src('ui'),
      any(src('graph', 'grad', 'onnx', 'worker/serve', 'worker/session'), '^src/engine/(?!types)'),
    ),
    never(
      'Lessons run in the page’s worker and in tests alike.',
      lessons,
      any(react, node, src('ui', 'cli', 'worker', 'catalog', 'learn/page', 'learn/worker')),
    ),
    never(
      'Learn sees the library as its readers do: through hookscope.ts.',
      lessons,
      src('hooks', 'graph', 'onnx', 'grad'),
    ),
    never(
      'The page of Learn reaches the library through its worker alone.',
      src('learn/page'),
      src('hookscope', 'hooks', 'engine', 'graph', 'grad', 'onnx', 'learn/run'),
      src('learn/page/files'),
    ),
    never(
      'A worker knows neither the page nor Node.',
      src('worker', 'learn/worker'),
      any(react, node, src('ui', 'cli', 'learn/page')),
    ),
    never('The command line has no page.', src('cli'), any(react, src('ui', 'worker'))),
    never('Pictures are decoded in cli/pictures.ts.', src('cli'), packages('sharp'), src('cli/pictures')),
    never(
      'Files are read and written in cli/files.ts and cli/cache.ts.',
      src('cli'),
      '^(node:)?fs(/|$)',
      src('cli/files', 'cli/cache', 'cli/pictures'),
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.core.json' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.tsx', '.mjs', '.js', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'types'],
    },
  },
}
