#!/usr/bin/env node
import { existsSync } from 'node:fs'

const built = new URL('../dist/cli/main.js', import.meta.url)
if (existsSync(built)) {
  const { main } = await import(built.href)
  await main(process.argv)
} else {
  process.stderr.write('hookscope: The command line is not built yet. Run `npm ci` in the checkout first.\n')
  process.exitCode = 1
}
