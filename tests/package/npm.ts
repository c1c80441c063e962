import { execFileSync } from 'node:child_process'

/** What npm tells scripts of the checkout's package would send an installation there. */
const env = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^npm_(package|lifecycle|config_local_prefix)/.test(name)),
)

/** Runs npm or npx in a folder, as in a shell of its own. @returns what it prints */
export function npm(program: 'npm' | 'npx', cwd: string, ...args: readonly string[]): string {
  return execFileSync(program, args, { cwd, env, encoding: 'utf8' })
}
