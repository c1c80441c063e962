import { runnerImport } from 'vite'

// node tests/run.mjs FILE.ts ARGUMENTS: a script in TypeScript, with all that Vite gives the program's own files.
const [, , file = ''] = process.argv
process.argv.splice(1, 1)
await runnerImport(file, { logLevel: 'warn' })
