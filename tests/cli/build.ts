import { execFileSync } from 'node:child_process'

/** Builds the binary that the tests spawn, and the library that they import. */
export function setup(): void {
  for (const script of ['build:cli', 'build:lib'])
    execFileSync('npm', ['run', '--silent', script], { stdio: 'inherit' })
}
