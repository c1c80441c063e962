import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** What npm tells scripts of the checkout's package would send an installation there. */
const env = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^npm_(package|lifecycle|config_local_prefix)/.test(name)),
)

/** Packs a package of the checkout, its build included. @returns the path of the tarball */
export function pack(checkout: string, destination: string): string {
  const printed = npm('npm', checkout, 'pack', '--silent', '--pack-destination', destination)
  return join(destination, printed.trim().split('\n').at(-1) ?? '')
}

/** Installs packages in an empty folder, from npm's cache where they are there. */
export function install(folder: string, ...packages: readonly string[]): void {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{ "private": true }')
  npm('npm', folder, 'install', '--silent', '--prefer-offline', '--no-audit', '--no-fund', ...packages)
}

/** Runs npm or npx in a folder, as in a shell of its own. @returns what it prints */
export function npm(program: 'npm' | 'npx', cwd: string, ...args: readonly string[]): string {
  return execFileSync(program, args, { cwd, env, encoding: 'utf8' })
}
