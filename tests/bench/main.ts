import { spawnSync } from 'node:child_process'

/** Every shipped network in a process of its own, so that each shows its own memory; then what reading, methods and hooks cost. */
for (const id of process.argv.length > 2 ? process.argv.slice(2) : ['resnet18', 'alexnet', 'inception-v3'])
  bench('network.ts', id)
bench('analysis.ts', 'inception-v3')
bench('methods.ts', 'resnet18')
bench('hooks.ts', 'resnet18')

const RUN = new URL('../run.mjs', import.meta.url).pathname

function bench(file: string, id: string): void {
  const path = new URL(file, import.meta.url).pathname
  const { status } = spawnSync(process.execPath, [RUN, path, id], { stdio: 'inherit' })
  if (status !== 0) process.exitCode = 1
}
