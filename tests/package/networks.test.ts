import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, inject, it } from 'vitest'
import { load } from '../../src/hookscope'
import { install, npm, pack } from './npm'
import { node, project } from './project'

const PICTURE = resolve('tests/golden/pictures/chelsea.png')
const CLASSIFY = ['classify', PICTURE, '--model', 'resnet18', '--top', '1']
const CLASSIFIED = `${PICTURE}\n   67.4 %    25  cougar face\n`

/** The installed command line. */
function hookscope(folder: string, env: Readonly<Record<string, string>>, ...args: string[]) {
  const binary = join(inject('installed'), 'node_modules/hookscope/bin/hookscope.js')
  const { HOOKSCOPE_MIRROR: _, ...own } = process.env
  const how = { cwd: folder, env: { ...own, ...env }, encoding: 'utf8' } as const
  const { status, stdout, stderr } = spawnSync(process.execPath, [binary, ...args], how)
  return { status, stdout, stderr }
}

it('networks that are nowhere are a sentence that says what to do', () => {
  const folder = project({})
  expect(hookscope(folder, { HOOKSCOPE_CACHE: join(folder, 'cache') }, ...CLASSIFY)).toEqual({
    status: 2,
    stdout: '',
    stderr:
      'hookscope: ResNet18 is in the package hookscope-networks, which is not installed here. Install it, set HOOKSCOPE_MIRROR to where resnet18.onnx lies, or choose a network that is downloaded: resnet18-imagenet, alexnet-imagenet, squeezenet1.1, googlenet.\n',
  })
  const { stdout } = hookscope(folder, { HOOKSCOPE_CACHE: join(folder, 'cache') }, 'models')
  expect(stdout).toMatch(/^resnet18 .* MIT +in hookscope-networks, not installed$/m)
})

it('networks are found in a mirror, and in the cache', () => {
  const folder = project({})
  const cache = { HOOKSCOPE_CACHE: join(folder, 'cache') }
  expect(hookscope(folder, { ...cache, HOOKSCOPE_MIRROR: resolve('models') }, ...CLASSIFY).stdout).toBe(CLASSIFIED)
  mkdirSync(cache.HOOKSCOPE_CACHE)
  copyFileSync('models/resnet18.onnx', join(cache.HOOKSCOPE_CACHE, 'resnet18.onnx'))
  expect(hookscope(folder, cache, ...CLASSIFY)).toEqual({ status: 0, stdout: CLASSIFIED, stderr: '' })
})

const PROGRAM = `
import { load } from 'hookscope'
import { resnet18 } from 'hookscope-networks'

const net = await load(resnet18)
const run = await net.forward({ image: new Float32Array(3 * 224 * 224).fill(0.5) })
console.log(String(run.logits.data))
`

it('hookscope-networks brings them by name, and to the library by address', async () => {
  const folder = project({ 'main.mjs': PROGRAM })
  install(folder, pack('packages/networks', folder))
  expect(npm('npx', folder, 'hookscope', ...CLASSIFY)).toBe(CLASSIFIED)
  const run = await (await load('models/resnet18.onnx')).forward({ image: new Float32Array(3 * 224 * 224).fill(0.5) })
  expect(node(folder, 'main.mjs')).toBe(`${run.logits.data}\n`)
})
