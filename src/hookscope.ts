/**
 * PyTorch's hooks on ONNX networks, in the page and in Node, on WebGPU or WASM.
 *
 * ## Install
 *
 * ```sh
 * npm i ./hookscope-0.1.0.tgz onnxruntime-web
 * ```
 *
 * `npm ci && npm pack` in a checkout writes that file. ONNX Runtime is the project's own, in a version of its choice; nothing
 * else is installed but sharp, which the command line reads pictures with (`--omit=optional` leaves it out).
 *
 * ## A first program
 *
 * ```js
 * import { GraphBuilder, load } from 'hookscope'
 *
 * const graph = new GraphBuilder()
 * const x = graph.input('x', [1, 2])
 * const hidden = graph.linear('hidden', x, { weight: { dims: [3, 2], data: [1, -2, 3, 1, -1, 1] }, bias: [0, 0, 1] })
 * const relu = graph.relu('relu', hidden)
 * graph.output(graph.linear('classes', relu, { weight: { dims: [2, 3], data: [1, 0.5, -1, 2, -1, 3] }, bias: [0, 1] }))
 *
 * const net = await load(graph)
 * net.module('relu').registerForwardHook((module, [input], output) => {
 *   console.log(`${module.path}: ${input.data} becomes ${output.data}`)
 * })
 * net.module('hidden').registerFullBackwardHook((module, [gradInput], [gradOutput]) => {
 *   console.log(`gradient behind ${module.path}: ${gradOutput.data}`)
 * })
 *
 * const run = await net.forward({ x: Float32Array.of(1, 2) })
 * await run.backward({ class: 1 })
 * const gradient = await run.gradient('x')
 * console.log(`logits ${run.logits.data}, gradient at x ${gradient.data}`)
 * ```
 *
 * As `first.mjs` it runs with `node first.mjs`, through any bundler, and on a plain page:
 *
 * ```html
 * <script type="importmap">
 * {
 *   "imports": {
 *     "hookscope": "./node_modules/hookscope/dist/lib/hookscope.js",
 *     "onnxruntime-web/wasm": "./node_modules/onnxruntime-web/dist/ort.wasm.bundle.min.mjs"
 *   }
 * }
 * </script>
 * <script type="module" src="./first.mjs"></script>
 * ```
 *
 * Everywhere it prints what PyTorch gives for the same weights:
 *
 * ```text
 * relu: -3,5,2 becomes 0,5,2
 * gradient behind hidden: 0,-1,3
 * logits 0.5,2, gradient at x -6,2
 * ```
 *
 * ## PyTorch → Hookscope
 *
 * | PyTorch | Hookscope |
 * | --- | --- |
 * | `net = torch.load(…)` | `net = await load('resnet18.onnx')` |
 * | `net.layer4.register_forward_hook(hook)` | `net.module('layer4').registerForwardHook(hook)` |
 * | `register_forward_pre_hook` | `registerForwardPreHook` |
 * | `register_full_backward_hook` | `registerFullBackwardHook` |
 * | `register_full_backward_pre_hook` | `registerFullBackwardPreHook` |
 * | `tensor.register_hook(hook)` | `net.value(name).registerHook(hook)`, `net.parameter('conv1.weight').registerHook(hook)` |
 * | `handle.remove()` | `handle.remove()` |
 * | `y = net(x)` | `run = await net.forward({ image: x })`, then `run.logits`, `run.outputs` |
 * | `with torch.no_grad()` | `net.forward(inputs, { gradients: false })` |
 * | `y[0, 5].backward()` | `await run.backward({ class: 5 })` |
 * | `y.backward(v)` | `await run.backward({ seed: v })` |
 * | `torch.autograd.backward([y, a], [v, w])` | `await run.backward({ seeds: { logits: v, layer3: w } })` |
 * | `a.retain_grad()`, then `a.grad` | `net.value('layer3').retainGrad()`, then `await run.gradient('layer3')` |
 * | `x.grad`, `net.conv1.weight.grad` | `await run.gradient('image')`, `await run.gradient('conv1.weight')` |
 * | `net.named_modules()`, `net.get_parameter(name)` | `net.modules()`, `await net.getParameter(name)` |
 *
 * Differences:
 *
 * - Hooks get copies: what they write into them changes nothing; what they return takes the place. They may be asynchronous.
 * - Gradients are not added up over calls of `backward`: those of before are dropped.
 * - Gradients of values inside need no `retain_grad`: `run.gradient(name)` gives any; `retainGrad` has it worked out in the same run.
 *   Where PyTorch's `.grad` is None, because nothing depends on the value, it is 0.
 * - A hook on a module that is called several times is called for each; `relu:1` names the second call alone.
 * - A forward hook's change has its derivative where it is made with the library's tensors (`add`, `mul`, `clamp`, `relu`, `sum`,
 *   `mean`) or brings a `backward`. What it makes by hand the gradient passes unchanged, straight through.
 *
 * ```js
 * import { clamp, full, GraphBuilder, load, mul } from 'hookscope'
 *
 * const graph = new GraphBuilder()
 * graph.output(graph.relu('act', graph.input('x', [3])))
 * const net = await load(graph)
 *
 * net.module('act').registerForwardHook((module, input, output) => clamp(mul(output, 2), 0, 5))
 * const run = await net.forward({ x: Float32Array.of(-1, 2, 3) })
 * await run.backward({ seed: full([3], 1) })
 * console.log(`${run.logits.data}, gradient ${(await run.gradient('x')).data}`)
 * ```
 *
 * ```text
 * 0,4,5, gradient 0,2,0
 * ```
 *
 * ## Bundlers
 *
 * Vite serves and builds it as it is. esbuild leaves the WASM where it is: copy
 * `onnxruntime-web/dist/ort-wasm-simd-threaded.wasm` beside the bundle.
 *
 * @packageDocumentation
 */
import { ACTIVATIONS, type ActivationName } from './analysis/activation'
import { createRuntime } from './engine/ort'
import type { EngineName } from './engine/types'
import { HookscopeError } from './errors'
import { GraphBuilder } from './graph/builder'
import { toFloat32 } from './graph/to-float32'
import type { Graph } from './graph/types'
import { Net } from './hooks/net'
import { readNet } from './hooks/read-net'
import { loadRuntime } from './load-runtime'
import { readOnnx } from './onnx/read'
import { type HasBytes, readSource } from './source'

export type { ActivationName } from './analysis/activation'
export type { EngineName } from './engine/types'
export { ERROR_CODES, type ErrorCode, HookscopeError } from './errors'
export { GraphBuilder, type Numbers } from './graph/builder'
export { isTensor } from './hooks/call'
export type { ModuleNode } from './hooks/module-tree'
export type { ForwardOptions, Inputs, ModulePoint, Net, NetValue, TensorPoint } from './hooks/net'
export type { Operator } from './hooks/operators'
export type { BackwardTarget, Run } from './hooks/run'
export type {
  ForwardHook,
  ForwardPreHook,
  FullBackwardHook,
  FullBackwardPreHook,
  Module,
  RemovableHandle,
  Tensor,
  TensorHook,
} from './hooks/types'
export { type LabelSet, labels } from './labels'
export type { HasBytes } from './source'
export { add, clamp, mean, mul, type ReduceOptions, relu, sum } from './tensors/arithmetic'
export { full, type Nested, randn, tensor } from './tensors/create'

export interface LoadOptions {
  /** `wasm` unless given; `webgpu` where the browser has it. */
  readonly engine?: EngineName
  /**
   * The module `onnxruntime-web`, for a page that loads a build of its own. Unless given: `onnxruntime-web` in Node; in a
   * page `onnxruntime-web/wasm`, or `onnxruntime-web/webgpu` for WebGPU.
   */
  readonly ort?: typeof import('onnxruntime-web')
  /** Milliseconds that a hook's promise may take, 30,000 unless given. A hook that never yields cannot be stopped. */
  readonly hookTimeout?: number
  /** Whether a NaN or an infinity in what a hook gets or returns is an error. */
  readonly checkFinite?: boolean
  /** Contents of the files that hold weights outside of the model, by the location that the model gives. */
  readonly external?: Readonly<Record<string, Uint8Array>>
  /** Name of the output that holds the classes of an image classifier; the likeliest unless given. */
  readonly output?: string
  /** How its logits become probabilities, where the file does not tell; it tells what a class's logit is. */
  readonly activation?: ActivationName
}

/**
 * An ONNX file as bytes, as anything with bytes (a File, the Response of `fetch`), or by its address (a URL); or a graph
 * written in code.
 */
export type NetworkSource = Uint8Array | ArrayBuffer | HasBytes | Address | GraphBuilder | Graph

/** A URL, such as those that the package hookscope-networks gives. */
export interface Address {
  readonly href: string
}

/**
 * Reads a network, to put hooks on. Nothing is compiled before the first `forward`, unless only a run tells its shapes.
 *
 * Of an image classifier the same is known as on the page and on the command line: the logits before a softmax or
 * sigmoid however it is written, float16 and double as float32, training switches off. Any other network has hooks, too.
 *
 * @param network a file, a graph written in code (also what its `build()` gives), or a name: in Node a path, whose
 * weights in files beside are found; with `http(s):` or `file:`, and in a page, an address
 * @throws HookscopeError `bad-model`, `bad-argument`, `model-unavailable`
 */
export async function load(network: NetworkSource | string, options: LoadOptions = {}): Promise<Net> {
  const { engine = 'wasm', hookTimeout: timeout = 30_000, checkFinite = false, output, activation } = options
  if (!ENGINES.includes(engine))
    throw new HookscopeError('bad-argument', `There is no engine “${String(engine)}”. Choose wasm or webgpu.`)
  if (activation !== undefined && !ACTIVATIONS.includes(activation))
    throw new HookscopeError(
      'bad-argument',
      `There is no activation “${String(activation)}”: ${ACTIVATIONS.join(', ')}.`,
    )
  const graph = toFloat32(await graphOf(network, new Map(Object.entries(options.external ?? {}))))
  const runtime = createRuntime(options.ort ?? (await loadRuntime(engine)), engine)
  const reading = await readNet(graph, { output, activation }, runtime)
  return new Net(reading, runtime, { timeout, checkFinite })
}

const ENGINES: readonly EngineName[] = ['wasm', 'webgpu']

async function graphOf(network: unknown, external: ReadonlyMap<string, Uint8Array>): Promise<Graph> {
  if (network instanceof GraphBuilder) return network.build()
  if (isGraph(network)) return network
  const named = hasHref(network) ? network.href : network
  if (typeof named === 'string') {
    const file = await readSource(named, external)
    return readOnnx(file.bytes, file.external)
  }
  const bytes = hasBytes(network) ? await network.arrayBuffer() : network
  if (bytes instanceof Uint8Array) return readOnnx(bytes, external)
  if (bytes instanceof ArrayBuffer) return readOnnx(new Uint8Array(bytes), external)
  if (ArrayBuffer.isView(bytes))
    return readOnnx(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength), external)
  throw new HookscopeError(
    'bad-argument',
    'load() takes an ONNX file (a Uint8Array, ArrayBuffer, File or Response), a graph written in code, a path or an address (text or a URL).',
  )
}

const isGraph = (network: unknown): network is Graph =>
  typeof network === 'object' && network !== null && 'nodes' in network && 'opsets' in network && 'constants' in network

const hasHref = (network: unknown): network is Address =>
  typeof network === 'object' && network !== null && 'href' in network && typeof network.href === 'string'

const hasBytes = (network: unknown): network is HasBytes =>
  typeof network === 'object' &&
  network !== null &&
  'arrayBuffer' in network &&
  typeof network.arrayBuffer === 'function'
