import { softmax } from '../../src/analysis/activation'
import { type Attribution, INPUT, readsLayer } from '../../src/attribution/method'
import { findMethod, METHODS } from '../../src/attribution/methods'
import { classOf } from '../../src/attribution/target'
import { HookscopeError } from '../../src/errors'
import type { Port } from '../../src/worker/bridge'
import type {
  Call,
  CallName,
  Calls,
  FromWorker,
  Intervened,
  NetworkView,
  Sight,
  ToWorker,
} from '../../src/worker/protocol'

export interface Asked {
  /** Counts the workers that were started, from 0. */
  readonly worker: number
  readonly call: Call
  readonly signal: AbortSignal
  emit(event: unknown): void
}

type Answer = (asked: Asked) => Promise<Calls[CallName]['result']> | Calls[CallName]['result']

/** Workers in this thread that answer over the protocol; messages arrive later, as theirs do. */
export function inProcess(answer: Answer) {
  const asked: Asked[] = []
  let started = 0
  let ended = 0

  function start(): Port {
    const worker = started++
    const running = new Map<number, AbortController>()
    const messages: ((event: MessageEvent<FromWorker>) => void)[] = []
    let alive = true
    const post = (message: FromWorker) =>
      queueMicrotask(() => {
        if (alive) for (const listener of messages) listener(new MessageEvent('message', { data: message }))
      })

    async function serve(call: Call) {
      const abort = new AbortController()
      running.set(call.id, abort)
      const emit = (event: unknown) => post({ kind: 'event', id: call.id, event })
      const ask = { worker, call, signal: abort.signal, emit }
      asked.push(ask)
      try {
        post({ kind: 'result', id: call.id, result: await answer(ask) })
      } catch (error) {
        if (!(error instanceof HookscopeError))
          return post({ kind: 'error', id: call.id, error: { code: 'fault', message: `${error}` } })
        const { code, message, detail } = error
        post({ kind: 'error', id: call.id, error: { code, message, ...(detail && { detail }) } })
      }
    }

    return {
      postMessage(message: ToWorker) {
        if (message.kind === 'ping') post({ kind: 'pong', id: message.id })
        else if (message.kind === 'abort') running.get(message.id)?.abort()
        else queueMicrotask(() => void serve(message))
      },
      addEventListener(type: string, listener: (event: never) => void) {
        if (type === 'message') messages.push(listener as (event: MessageEvent<FromWorker>) => void)
      },
      terminate() {
        if (alive) ended++
        alive = false
      },
    }
  }

  /** What was asked so far: `0 open wasm`, `1 look`. */
  const log = () =>
    asked.map(({ worker, call }) =>
      [worker, call.name, ...(call.name === 'open' ? [call.params.model, call.params.engine] : [])].join(' '),
    )
  return { start, asked, log, started: () => started, ended: () => ended }
}

/** Work that waits until the test lets it pass. */
export function gate(): { readonly passed: Promise<void>; open(): void } {
  let open = () => {}
  const passed = new Promise<void>(resolve => {
    open = resolve
  })
  return { passed, open }
}

/** Rejects once the signal is aborted; a worker's call that waits for something to be given up. */
export function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) =>
    signal.addEventListener('abort', () => reject(new HookscopeError('cancelled', 'Cancelled.'))),
  )
}

const available = { ok: true } as const
const layers = ['conv', 'layer1', 'layer2']

/** A network of three layers and four classes, as the worker describes one. */
export function networkView(id: string, engine: NetworkView['engine']['name']): NetworkView {
  return {
    id,
    name: id,
    engine: { name: engine, threads: 1 },
    labels: ['background', 'cat', 'dog', 'cup'],
    preprocessing: {
      size: [4, 4],
      shortSide: 4,
      range: 1,
      mean: [0, 0, 0],
      std: [1, 1, 1],
      channels: 'rgb',
      layout: 'nchw',
    },
    resize: 'crop',
    activation: 'softmax',
    hookPoints: layers.map(path => ({
      path,
      group: path,
      op: 'Relu',
      value: path,
      shape: [1, 2, 2, 2],
      channels: { count: 2, stride: 4 },
      grid: { channels: 2, height: 2, width: 2, offset: 0, strides: [4, 2, 1] },
      kind: 'map',
      stage: true,
      map: available,
      gradient: available,
      classWeights:
        path === 'layer2' && id !== 'headless' ? available : { ok: false, code: 'no-cam-head', reason: 'not there' },
    })),
    stages: layers,
    layer: 'layer2',
    inputGradient: id === 'headless' ? { ok: false, code: 'no-gradient', reason: 'no rule' } : available,
    rectifiers: 3,
    cam: id === 'headless' ? { ok: false, code: 'no-cam-head', reason: 'no head' } : { ok: true, layer: 'layer2' },
  }
}

export function sight(...logits: number[]): Sight {
  return { width: 8, height: 4, seen: { x: 2, y: 0, width: 4, height: 4 }, ...intervened(logits) }
}

/** What a network says with changes, or without. */
export function intervened(logits: readonly number[]): Intervened {
  return { logits: Float32Array.from(logits), probabilities: softmax(logits), ms: 1 }
}

/** A map, or a gradient, whose values tell of which call it is. */
export function explanation({ method: id, layer, target }: Calls['explain']['params']): Attribution {
  const method = findMethod(id)
  const said = { method: id, target, rounding: false }
  const index = classOf(target)
  if (method.result === 'gradient') {
    const gradients = METHODS.filter(({ result }) => result === 'gradient')
    const values = Float32Array.of(index, 1, 2, gradients.indexOf(method), ...new Float32Array(8))
    const camLayer = readsLayer(method) ? layer : null
    const gradient = { height: 2, width: 2, channels: 'rgb', values }
    return { kind: 'gradient', ...said, layer: INPUT, camLayer, gradient }
  }
  const values = Float32Array.of(index, layers.indexOf(layer), id === 'cam' ? 1 : 0, 1)
  const place = readsLayer(method) ? layer : INPUT
  return { kind: 'map', ...said, layer: place, map: { height: 2, width: 2, values }, weights: Float32Array.of(1, -1) }
}
