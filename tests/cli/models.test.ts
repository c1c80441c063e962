import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import * as v from 'valibot'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findNetwork, isDownload } from '../../src/catalog/catalog'
import { close, half, listen, send, type Way, withFile } from '../support/mirror'
import { ownNetwork } from '../support/own-network'
import { folder, hookscope, PICTURES, readClassified } from './hookscope'

const CHELSEA = join(PICTURES, 'chelsea.png')
const found = findNetwork('squeezenet1.1')
if (!isDownload(found)) throw new Error('squeezenet1.1 is no download')
const entry = found

/** Stands in the place of SqueezeNet 1.1: 1,000 classes of pictures of 32×32. */
const file = ownNetwork(1000)

/** The command line with a catalog that knows that file; beside dist/cli, for it finds its packages and models from there. */
const dist = mkdtempSync(resolve('dist/cli-'))
const binary = join(dist, 'start.js')
let mirror: Awaited<ReturnType<typeof listen>>
let asked: string[] = []

beforeAll(async () => {
  const code = withFile(readFileSync('dist/cli/main.js', 'utf8'), entry, file)
  // The file takes what it is: pictures of 32×32.
  const id = code.indexOf('squeezenet1.1.onnx')
  writeFileSync(join(dist, 'main.js'), code.slice(0, id) + code.slice(id).replace(/224(,\s*)224/, '32$132'))
  writeFileSync(binary, `import { main } from './main.js'\nawait main(process.argv)\n`)
  mirror = await listen((request, response) => {
    const [, way = '', ...path] = request.url?.split('/') ?? []
    asked.push(`${way} ${request.headers.range ?? 'whole'}`)
    send(path.join('/') === entry.download ? (way as Way) : 'missing', file, request, response)
  })
})
afterAll(() => {
  close(mirror.server)
  rmSync(dist, { recursive: true })
})

const classify = ['classify', CHELSEA, '-m', 'squeezenet1.1', '--json']

/** With downloads from the mirror in one of its ways, or from a folder. */
function run(args: readonly string[], cache: string, from: string) {
  asked = []
  const mirrorIs = from.startsWith('/') ? from : `${mirror.url}/${from}`
  return hookscope(args, { binary, env: { HOOKSCOPE_CACHE: cache, HOOKSCOPE_MIRROR: mirrorIs } })
}

const Models = v.strictObject({
  cache: v.string(),
  models: v.array(
    v.strictObject({
      id: v.string(),
      name: v.string(),
      dataset: v.string(),
      classes: v.number(),
      bytes: v.number(),
      licence: v.string(),
      state: v.picklist(['shipped', 'kept', 'partial', 'remote']),
      kept: v.number(),
    }),
  ),
})

async function listed(cache: string, ...more: string[]) {
  const { stdout, stderr, code } = await run(['models', '--json', ...more], cache, 'missing')
  const report = v.parse(Models, JSON.parse(stdout))
  const { state, kept } = report.models.find(({ id }) => id === entry.id) ?? {}
  return { report, state, kept, stderr, code }
}

describe('a network that is downloaded', () => {
  it('is fetched when it is asked for, kept, listed and deleted', async () => {
    const cache = join(folder(), 'made', 'when needed')
    expect(await listed(cache)).toMatchObject({ state: 'remote', kept: 0, code: 0 })

    const first = await run(classify, cache, 'good')
    const [result] = readClassified(first.stdout).results
    expect([first.code, result && 'top' in result && result.top.length]).toEqual([0, 5])
    expect(asked).toEqual(['good whole'])
    expect(first.stderr).toMatch(/SqueezeNet 1\.1 .* 100 % of 0\.0 MB/)

    const again = await run(classify, cache, 'missing')
    expect([again.code, again.stdout, again.stderr, asked]).toEqual([0, first.stdout, '', []])

    const { report, state, kept } = await listed(cache)
    expect([report.cache, state, kept]).toEqual([cache, 'kept', file.length])
    expect(report.models.filter(model => model.state === 'shipped').map(({ id }) => id)).toEqual([
      'inception-v3',
      'resnet18',
      'alexnet',
    ])
    const table = await run(['models'], cache, 'missing')
    expect(table.stdout).toMatch(
      /^squeezenet1\.1 +ImageNet \(ILSVRC 2012\), 1,000 classes +0\.0 MB +Apache-2\.0 +downloaded$/m,
    )
    expect(table.stdout).toMatch(/^resnet18 +Caltech-101, 101 classes +11\.3 MB +MIT +ships with the program$/m)

    const removed = await listed(cache, '--remove', 'squeezenet1.1')
    expect(removed).toMatchObject({ state: 'remote', kept: 0, code: 0 })
    expect(removed.stderr).toMatch(/SqueezeNet 1\.1 is deleted: .* MB are free again\./)
  })

  it('that is cut off midway says so, and goes on from there', async () => {
    const cache = folder()
    const cut = await run(classify, cache, 'cut-off')
    expect(cut.code).toBe(2)
    expect(cut.stderr).toContain(
      'The download of SqueezeNet 1.1 broke off at 0.0 of 0.0 MB. Try again: it goes on from there.',
    )
    expect(await listed(cache)).toMatchObject({ state: 'partial', kept: half(file) })
    const { code } = await run(classify, cache, 'good')
    expect([code, asked]).toEqual([0, [`good bytes=${half(file)}-`]])
  })

  it('on a host without ranges begins again', async () => {
    const cache = folder()
    await run(classify, cache, 'cut-off')
    expect((await run(classify, cache, 'no-ranges')).code).toBe(0)
  })

  it.each<[Way, RegExp]>([
    [
      'wrong-bytes',
      /What came as SqueezeNet 1\.1 is not the catalog’s file: its SHA-256 is not the catalog’s\. It was thrown away/,
    ],
    ['missing', /squeezenet1\.1\.onnx could not be fetched: the server answered 404\./],
  ])('that comes %s is refused, and nothing of it kept', async (way, sentence) => {
    const cache = folder()
    const { code, stderr } = await run(classify, cache, way)
    expect(stderr).toMatch(sentence)
    expect([code, (await listed(cache)).kept]).toEqual([2, 0])
  })

  it('that is interrupted keeps what came', async () => {
    const cache = folder()
    const env = { HOOKSCOPE_CACHE: cache, HOOKSCOPE_MIRROR: `${mirror.url}/stalled` }
    const interruptAfter = /SqueezeNet/
    const { code } = await hookscope(classify, { binary, env, interruptAfter })
    expect([code, (await listed(cache)).kept]).toEqual([130, half(file)])
  })

  it('goes on where a killed process left off, for one of three that ask at once; all end well', async () => {
    const cache = folder()
    const env = { HOOKSCOPE_CACHE: cache, HOOKSCOPE_MIRROR: `${mirror.url}/stalled` }
    const killed = spawn(process.execPath, [binary, ...classify], { env: { ...process.env, ...env }, stdio: 'ignore' })
    const bytes = () => readdirSync(cache).reduce((sum, name) => sum + statSync(join(cache, name)).size, 0)
    while (bytes() < half(file)) await sleep(20)
    killed.kill('SIGKILL')
    await once(killed, 'close')
    expect(await listed(cache)).toMatchObject({ state: 'partial', kept: half(file) })
    const outcomes = await Promise.all([1, 2, 3].map(() => run(classify, cache, 'good')))
    expect(outcomes.map(({ code, stderr }) => (code === 0 ? code : stderr))).toEqual([0, 0, 0])
    expect(await listed(cache)).toMatchObject({ state: 'kept', kept: file.length })
    expect(readdirSync(cache)).toEqual([entry.file])
  })

  it('where a folder stands in its place, or a file in the cache’s, is a sentence', async () => {
    const cache = folder()
    mkdirSync(join(cache, entry.file))
    const taken = await run(classify, cache, 'good')
    expect([taken.code, taken.stderr]).toEqual([2, expect.stringMatching(/cannot be written: it is a folder\./)])
    writeFileSync(join(cache, 'file'), '')
    const noFolder = await run(classify, join(cache, 'file'), 'good')
    expect([noFolder.code, noFolder.stderr]).toEqual([2, expect.stringMatching(/cannot be written: /)])
    expect(noFolder.stderr).not.toContain('fault')
  })

  it('is read where a folder is the mirror, by its path or by its name alone', async () => {
    const place = folder()
    const cache = folder()
    for (const path of [entry.download, 'squeezenet1.1-7.onnx']) {
      const into = join(place, path)
      mkdirSync(dirname(into), { recursive: true })
      writeFileSync(into, file)
      expect((await run(classify, cache, place)).code).toBe(0)
      writeFileSync(into, file.subarray(1))
      expect((await run(classify, cache, place)).stderr).toMatch(
        /squeezenet1\.1-7\.onnx is not the catalog’s file: it has/,
      )
      rmSync(into)
    }
    const { stderr, code } = await run(classify, cache, place)
    expect(stderr).toContain(`The mirror ${place} has neither`)
    expect([code, (await listed(cache)).kept]).toEqual([2, 0])
  })
})

it.each(['https://', 'file://elsewhere/models', 'no such folder', 'htp:/models'])(
  'a mirror that is no address is said: %s',
  async mirror => {
    const env = { HOOKSCOPE_CACHE: folder(), HOOKSCOPE_MIRROR: mirror }
    const { code, stderr } = await hookscope(['classify', CHELSEA, '-m', 'squeezenet1.1'], { binary, env })
    const said = `hookscope: HOOKSCOPE_MIRROR is “${mirror}”: neither a folder nor an address.`
    expect([code, stderr]).toEqual([2, expect.stringMatching(new RegExp(`^${said}.*\n$`))])
  },
)

describe('what cannot be deleted', () => {
  it.each([
    ['resnet18', /ResNet18 ships with the program and cannot be deleted\./],
    ['vgg', /There is no network called “vgg”/],
  ])('%s', async (id, sentence) => {
    const { code, stderr } = await run(['models', '--remove', id], folder(), 'missing')
    expect(stderr).toMatch(sentence)
    expect(code).toBe(2)
    expect(statSync('models/resnet18.onnx').size).toBe(11_273_700)
  })
})
