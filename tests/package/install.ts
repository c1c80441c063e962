import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { install, pack } from './npm'

declare module 'vitest' {
  interface ProvidedContext {
    /** A folder outside of the checkout in which the tarball is installed, as a stranger installs it. */
    readonly installed: string
    readonly tarball: string
  }
}

/** Packs the package, its build included, and installs it in an empty folder. */
export function setup({ provide }: TestProject): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'hookscope-package-'))
  const tarball = pack('.', folder)
  const installed = join(folder, 'project')
  install(installed, tarball, 'onnxruntime-web')
  provide('installed', installed)
  provide('tarball', tarball)
  return () => rmSync(folder, { recursive: true })
}
