import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { inject } from 'vitest'
import { firstExample } from '../support/examples'

export const REFERENCE = 'docs/api/hookscope.md'

/** The reference's first program, and what it prints: PyTorch's values. */
export const FIRST = firstExample(REFERENCE, 'js')
export const PRINTED = firstExample(REFERENCE, 'text')

/** A project of its own beside the installed packages. @param files texts by name */
export function project(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(inject('installed'), 'project-'))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  return folder
}

/** Runs a tool of the checkout there. @returns what it prints */
export function tool(folder: string, path: string, ...args: string[]): string {
  return execFileSync(process.execPath, [resolve('node_modules', path), ...args], { cwd: folder, encoding: 'utf8' })
}

export function node(folder: string, ...args: string[]): string {
  return execFileSync(process.execPath, args, { cwd: folder, encoding: 'utf8' })
}
