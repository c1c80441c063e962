import type { FromWorker, RunRequest, Shown } from '../protocol'
import { runCode } from '../run/run'
import { loadEngine, readShipped } from './resources'

/**
 * Runs what someone typed, and so only where a policy keeps it from the network: in a worker made from a blob of the
 * page's frame, whose policy it inherits. Started by its own address it would have none.
 */
if (self.location.protocol === 'blob:') {
  const engine = loadEngine()
  self.addEventListener('message', ({ data }: MessageEvent<RunRequest>) => void serve(data, engine))
}

async function serve({ id, code, off }: RunRequest, engine: ReturnType<typeof loadEngine>): Promise<void> {
  const progress = (doing: string) => post({ kind: 'progress', id, doing })
  const outcome = await engine.then(
    ort => {
      post({ kind: 'started', id })
      const shown = (shown: Shown) => post({ kind: 'shown', id, shown })
      return runCode({ code, off }, { ort, progress, shown, read: network => readShipped(network, progress) })
    },
    (error: Error) => ({ drawing: null, hooks: [], failure: { message: error.message, line: null } }),
  )
  post({ kind: 'done', id, outcome })
}

function post(message: FromWorker): void {
  const pixels = message.kind === 'shown' && message.shown.kind === 'picture' ? [message.shown.data.buffer] : []
  self.postMessage(message, pixels)
}
