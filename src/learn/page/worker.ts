import script from '../worker/serve?worker&url'
import frame from './frame.html?url&no-inline'

declare global {
  interface Window {
    readonly Worker: typeof Worker
    readonly Blob: typeof Blob
    readonly URL: typeof URL
  }
}

export interface FramedWorker {
  readonly worker: Worker
  /** Ends it, and takes its frame away. */
  end(): void
}

/**
 * Starts the worker that runs code. The page's policy forbids to turn text into code, and a worker that is started by its
 * address has whatever policy the server sends with it, on most hosts none. One that is made of a blob inherits the policy
 * of the document that made the blob: here a hidden frame, whose file brings its own.
 */
export async function startFramedWorker(): Promise<FramedWorker> {
  const element = document.createElement('iframe')
  element.hidden = true
  element.src = frame
  const loaded = new Promise(resolve => element.addEventListener('load', resolve, { once: true }))
  document.body.append(element)
  await loaded
  const inside = element.contentWindow
  if (!inside) throw new Error('the frame has no window')
  const source = `import ${JSON.stringify(new URL(script, location.href).href)}`
  const url = inside.URL.createObjectURL(new inside.Blob([source], { type: 'text/javascript' }))
  const worker = new inside.Worker(url, { type: 'module' })
  return {
    worker,
    end: () => {
      worker.terminate()
      element.remove()
    },
  }
}
