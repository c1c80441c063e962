import { spawnSync } from 'node:child_process'

/** Every shipped network in a process of its own, so that each shows its own memory. */
for (const id of process.argv.length > 2 ? process.argv.slice(2) : ['resnet18', 'alexnet', 'inception-v3']) {
  const bench = new URL('network.ts', import.meta.url).pathname
  const { status } = spawnSync('npx', ['tsx', bench, id], { stdio: 'inherit' })
  if (status !== 0) process.exitCode = 1
}
