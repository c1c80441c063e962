import { HookscopeError } from '../errors'
import frame from './frame.html?url&no-inline'

/** A worker in the sandbox. */
export interface Sandboxed {
  /** The first port of the worker's first message. Nothing that comes from it is to be trusted. */
  readonly port: MessagePort
  /** Told why, where the worker's script fails outside of what it catches. */
  onFailed(listener: (message: string) => void): void
  /** Ends the worker, whatever it does, and takes its frame away. */
  end(): void
}

/** Milliseconds until the frame must be there. */
const START_LIMIT = 30_000

/**
 * Starts a worker where it can do no harm: in a frame that has an origin of its own and no way to the network, the page
 * or what the browser keeps. The frame's document knows a word that stands in its address alone; a document that another
 * site has put in its place does not, and gets nothing.
 *
 * @param script all of the worker's code; no module, for none starts from a document without a named origin
 * @throws HookscopeError `cancelled`; `hook-failed` where the frame does not load
 */
export async function startSandboxed(script: string, signal: AbortSignal): Promise<Sandboxed> {
  const element = document.createElement('iframe')
  element.sandbox.add('allow-scripts')
  element.hidden = true
  const word = Array.from(crypto.getRandomValues(new Uint32Array(4)), part => part.toString(36)).join('-')
  element.src = `${frame}#${word}`
  const over = new AbortController()
  try {
    const toFrame = await new Promise<MessagePort>((resolve, reject) => {
      const cancel = () => reject(new HookscopeError('cancelled', 'Cancelled.'))
      if (signal.aborted) return cancel()
      signal.addEventListener('abort', cancel, { signal: over.signal })
      const timer = setTimeout(() => reject(noFrame()), START_LIMIT)
      over.signal.addEventListener('abort', () => clearTimeout(timer))
      const take = ({ source, data, ports: [port] }: MessageEvent<unknown>) => {
        if (source === element.contentWindow && data === word && port) resolve(port)
      }
      window.addEventListener('message', take, { signal: over.signal })
      document.body.append(element)
    })
    const { port1: port, port2: forWorker } = new MessageChannel()
    toFrame.postMessage(script, [forWorker])
    return {
      port,
      onFailed: listener => {
        toFrame.onmessage = ({ data }: MessageEvent<unknown>) => listener(String(data))
      },
      end: () => {
        port.close()
        toFrame.close()
        element.remove()
      },
    }
  } catch (error) {
    element.remove()
    throw error
  } finally {
    over.abort()
  }
}

function noFrame(): HookscopeError {
  return new HookscopeError('hook-failed', 'The sandbox for code could not be loaded. Check the connection and reload.')
}
