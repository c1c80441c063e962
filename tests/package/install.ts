import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { npm } from './npm'

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
  const packed = npm('npm', '.', 'pack', '--silent', '--pack-destination', folder).trim().split('\n').at(-1) ?? ''
  const installed = join(folder, 'project')
  mkdirSync(installed)
  writeFileSync(join(installed, 'package.json'), '{ "private": true }')
  npm(
    'npm',
    installed,
    'install',
    '--prefer-offline',
    '--no-audit',
    '--no-fund',
    join(folder, packed),
    'onnxruntime-web',
  )
  provide('installed', installed)
  provide('tarball', join(folder, packed))
  return () => rmSync(folder, { recursive: true })
}
