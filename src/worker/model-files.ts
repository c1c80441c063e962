import { download } from '../catalog/download'
import type { ReadFile } from '../catalog/load'
import { HookscopeError } from '../errors'

const URLS = import.meta.glob<string>(['/models/*.onnx', '/models/*-*.json'], {
  query: '?url&no-inline',
  import: 'default',
  eager: true,
})

/** Reads a file of the models folder from the place that the build gave it. */
export const readModelFile: ReadFile = (file, options) => {
  const url = URLS[`/models/${file}`]
  if (!url)
    throw new HookscopeError('model-unavailable', `${file} is not among the files that were built in. Build again.`)
  return download(new URL(url, self.location.href).href, file, options)
}
