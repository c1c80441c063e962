import { execFileSync } from 'node:child_process'
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { beforeAll, describe, expect, inject, it } from 'vitest'
import { examples } from '../support/examples'
import { ownNetwork } from '../support/own-network'
import { node, project } from './project'

/** What stands in the folder of whoever tries the README. */
let folder: string
beforeAll(() => {
  folder = project({ 'names.txt': 'cat\ndog\nrocket\n' })
  for (const name of ['cat.jpg', 'rocket.jpg']) copyFileSync('public/samples/rocket.jpg', join(folder, name))
  copyFileSync('models/resnet18.onnx', join(folder, 'resnet18.onnx'))
  writeFileSync(join(folder, 'network.onnx'), ownNetwork(3, { size: ['height', 'width'] }))
})

describe('every program of the README runs', () => {
  it.each(
    examples('README.md', 'js').map((program, i) => [
      i,
      program,
      [
        'layer4 [ 1, 512, 7, 7 ]\nconv1.weight [ 64, 3, 7, 7 ]\n',
        "{ image: 'grad_image', 'fc.weight': 'grad_fc.weight' } { logits: 'grad_logits' }\n",
        'ketch\n',
      ][i],
    ]),
  )('%i', (i, program, printed) => {
    writeFileSync(join(folder, `program-${i}.mjs`), program as string)
    expect(node(folder, `program-${i}.mjs`)).toBe(printed)
  })
})

describe('every command of the README is done', () => {
  const commands = examples('README.md', 'sh').flatMap(text => text.match(/^npx hookscope .*$/gm) ?? [])
  const env = { ...process.env, HOOKSCOPE_CACHE: resolve('models'), HOOKSCOPE_MIRROR: '' }
  /** As a shell finds it, without asking npm each time. */
  const run = (command: string) => {
    const binary = join(inject('installed'), 'node_modules/.bin/hookscope')
    return execFileSync('sh', ['-c', command.replace(/^npx hookscope/, binary)], { cwd: folder, env, encoding: 'utf8' })
  }

  it.each(commands)('%s', command => {
    run(command)
  })

  it('and leaves the files that they promise', () => {
    const files = readdirSync(folder)
    expect(files).toContainEqual(expect.stringMatching(/^cat\.inception-v3\.Mixed_7c\.gradcam\..+\.png$/))
    expect(files).toContainEqual(expect.stringMatching(/^cat\.resnet18-ablated\.layer4\.guided-gradcam\..+\.png$/))
    expect(readdirSync(join(folder, 'maps'))).toHaveLength(8)
    const [result] = JSON.parse(readFileSync(join(folder, 'map.json'), 'utf8')).results
    expect(result.maps[0].values).toHaveLength(17 * 17)
  })
})
