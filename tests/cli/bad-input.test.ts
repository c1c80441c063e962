import { spawnSync } from 'node:child_process'
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { folder, hookscope, PICTURES } from './hookscope'

const CHELSEA = join(PICTURES, 'chelsea.png')

/** Bad files of every kind, each under the name that its sentence has to tell. */
async function badFiles(): Promise<string> {
  const cwd = folder()
  const write = (name: string, bytes: string | Uint8Array) => writeFileSync(join(cwd, name), bytes)
  const jpeg = readFileSync(join(PICTURES, 'rocket.jpg'))
  const png = readFileSync(CHELSEA)
  write('text.png', 'Dear diary')
  write('cut.jpg', jpeg.subarray(0, jpeg.length / 2))
  write('cut.png', png.subarray(0, png.length / 2))
  write('empty.png', '')
  write(
    'dot.png',
    await sharp({ create: { width: 1, height: 1, channels: 3, background: 'red' } })
      .png()
      .toBuffer(),
  )
  write('photo.heic', Uint8Array.from([0, 0, 0, 24, ...Buffer.from('ftypheic\0\0\0\0mif1heic')]))
  const damaged = await sharp(CHELSEA).png().toBuffer()
  damaged.fill(0x55, 2000, 2100)
  write('damaged.png', damaged)
  write('broken.onnx', 'no protobuf at all')
  write('cut.onnx', readFileSync('models/resnet18.onnx').subarray(0, 2_000_000))
  write('empty.onnx', '')
  return cwd
}

describe('one sentence, and exit code 2, for', () => {
  it('names that would act on a terminal: they are written out, on both streams and in JSON', async () => {
    const cwd = folder()
    const name = 'cat\u202e\u001b[2J.png'
    const shown = 'cat\\u202e\\u001b[2J.png'
    copyFileSync(CHELSEA, join(cwd, name))
    const nowhere = await hookscope(['classify', `no ${name}`], { cwd })
    expect([nowhere.code, nowhere.stderr]).toEqual([
      2,
      `hookscope: no ${shown} cannot be read: there is no such file.\n`,
    ])
    const command = await hookscope([name], { cwd })
    expect([command.code, command.stderr]).toEqual([2, expect.stringContaining(`unknown command '${shown}'`)])
    const there = await hookscope(['classify', name, '--model', 'resnet18', '--json'], { cwd })
    expect(there.stdout).toContain(`"picture":"${shown}"`)
    expect(JSON.parse(there.stdout).results[0].picture).toBe(name)
  })

  const pictures: [string, RegExp][] = [
    ['text.png', /^hookscope: text\.png is not a picture but text\. Choose a PNG, JPEG, WebP, AVIF or GIF\.$/],
    ['cut.jpg', /^hookscope: cut\.jpg breaks off before the picture ends\. Fetch or save the JPEG again\.$/],
    ['cut.png', /^hookscope: cut\.png breaks off before the picture ends\. Fetch or save the PNG again\.$/],
    ['empty.png', /^hookscope: empty\.png is empty: it has 0 bytes\./],
    ['dot.png', /^hookscope: dot\.png is 1×1 pixels: too small to show anything\./],
    ['photo.heic', /^hookscope: photo\.heic is a HEIC picture, which cannot be read here\. Save it as JPEG or PNG\.$/],
    ['damaged.png', /^hookscope: damaged\.png cannot be decoded: its data is damaged\. Fetch or save it again\.$/],
    ['nowhere.png', /^hookscope: nowhere\.png cannot be read: there is no such file\.$/],
    ['.', /^hookscope: \. cannot be read: it is a folder, name the files in it\.$/],
  ]

  it('each bad picture', async () => {
    const cwd = await badFiles()
    const names = pictures.map(([name]) => name)
    const { stdout, stderr, code } = await hookscope(['classify', ...names, '--model', 'resnet18'], { cwd })
    const lines = stderr.split('\n').filter(line => line.startsWith('hookscope:'))
    expect([stdout, code]).toEqual(['', 2])
    for (const [i, [, sentence]] of pictures.entries()) expect(lines[i]).toMatch(sentence)
    expect(lines).toHaveLength(pictures.length)
  })

  const explain = (...args: string[]) => ['explain', CHELSEA, ...args]
  it.each<[string, string[], RegExp]>([
    [
      'a class of two',
      explain('--class', 'crane'),
      /2 classes are called “crane”: 135 and 518\. Choose one by its index/,
    ],
    [
      'an unknown model',
      explain('-m', 'vgg16'),
      /no network called “vgg16”\. Choose one of inception-v3, resnet18, alexnet, .*, or give the path/,
    ],
    ['CAM where there is none', explain('-m', 'alexnet', '--method', 'cam'), /CAM/],
    ['a missing model file', explain('-m', 'nowhere.onnx'), /nowhere\.onnx cannot be read: there is no such file/],
    ['a broken model file', explain('-m', 'broken.onnx'), /broken\.onnx/],
    ['a model file that breaks off', explain('-m', 'cut.onnx'), /cut\.onnx/],
    ['an empty model file', explain('-m', 'empty.onnx'), /empty\.onnx/],
    ['an unknown method', explain('--method', 'magic'), /'magic' is invalid\. Allowed choices are cam, gradcam/],
    [
      'an option that no method has',
      explain('--method', 'cam', '--option', 'steps=2'),
      /CAM has no option "steps"\. It has none/,
    ],
    [
      'an option out of its bounds',
      explain('--method', 'cam,smoothgrad', '--option', 'samples=0'),
      /SmoothGrad takes a whole number from 1 to 1000 as samples, not 0/,
    ],
    [
      'an option that is none of its choices',
      explain('--method', 'integrated-gradients', '--option', 'baseline=grey'),
      /takes one of zeros, black, white, mean, blurred as baseline, not grey/,
    ],
    [
      'an option without a number',
      explain('--option', 'steps'),
      /Give a name and a number or a word, as steps=50 or baseline=black/,
    ],
    [
      'a class against itself',
      explain('-m', 'resnet18', '--class', '3', '--against', '3'),
      /Class 3 against itself is 0/,
    ],
    ['an opacity of 2', explain('--opacity', '2'), /Give a number from 0 to 1/],
    ['an unknown colour map', explain('--colormap', 'pink'), /Allowed choices are jet, turbo, viridis, inferno, grey/],
    [
      'a file that is no PNG',
      explain('--out', 'map.jpg'),
      /Maps are saved as PNG: give a name that ends in \.png, or a folder/,
    ],
    ['an unknown option', explain('--fast'), /unknown option '--fast'/],
    ['no picture', ['explain'], /missing required argument 'picture'/],
    [
      'one file for two maps',
      explain('--class', '1,2', '--out', 'x.png'),
      /--out x\.png is one file for 2 maps\. Give a folder/,
    ],
  ])('%s', async (_, args, sentence) => {
    const cwd = await badFiles()
    const before = readdirSync(cwd)
    const { stdout, stderr, code } = await hookscope(args, { cwd })
    const lines = stderr.trim().split('\n')
    expect(stdout).toBe('')
    expect(stderr).toMatch(/^hookscope: /)
    expect(stderr).toMatch(sentence)
    expect(lines.filter(line => line.startsWith('hookscope: '))).toHaveLength(1)
    expect(stderr).not.toMatch(/^ {4}at /m)
    expect(code).toBe(2)
    expect(readdirSync(cwd)).toEqual(before)
  })

  it('each combination that cannot be, while the others are made', async () => {
    const cwd = folder()
    const asked = ['--method', 'cam,gradcam', '--layer', 'layer2,layer9,fc', '--class', 'unicorn,101,3']
    const { stdout, stderr, code } = await hookscope(explain('-m', 'resnet18', ...asked), { cwd })
    const made = 'chelsea.resnet18.layer2.gradcam.3-motorbikes.png'
    expect([stdout, code, readdirSync(cwd)]).toEqual([`${made}\n`, 2, [made]])
    const sentences = stderr.trimEnd().split('\n').sort()
    const expected = [
      /^hookscope: CAM is read at layer4 alone\. Choose it, or Grad-CAM\.$/,
      /^hookscope: The network has no layer "layer9"\. It has, among others: layer4, layer3/,
      /^hookscope: There is no class 101: this network’s classes are 0 to 100\.$/,
      /^hookscope: This network has no class called “unicorn”\. Give an index from 0 to 100, or a label\.$/,
      /^hookscope: fc has no height and width \(\[1, 101\]\), so no map can be drawn\. Choose a layer before it\.$/,
    ]
    for (const [i, sentence] of expected.entries()) expect(sentences[i]).toMatch(sentence)
    expect(sentences).toHaveLength(expected.length)
  })

  it('a file that would be written over the picture', async () => {
    const cwd = folder()
    copyFileSync(CHELSEA, join(cwd, 'cat.png'))
    const { stderr, code } = await hookscope(['explain', 'cat.png', '-m', 'resnet18', '--out', './cat.png'], { cwd })
    expect(stderr).toContain('is the picture itself. Give --out another name.')
    expect(code).toBe(2)
    expect(readFileSync(join(cwd, 'cat.png')).equals(readFileSync(CHELSEA))).toBe(true)
  })

  it('a fatal error under --json too: one object, with the error in it', async () => {
    const { stdout, code } = await hookscope(['hooks', '--model', 'vgg16', '--json'])
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'unknown-model' } })
    expect(code).toBe(2)
  })
})

describe('a batch goes on', () => {
  /** Without the bar. */
  const sentences = (stderr: string) => stderr.split('\n').filter(line => line.startsWith('hookscope: '))

  it('past names longer than a file system takes', async () => {
    const cwd = folder()
    const long = `${'猫'.repeat(80)}.png`
    copyFileSync(CHELSEA, join(cwd, long))
    const { code, stderr, stdout } = await hookscope(['explain', long, CHELSEA, '--out', 'maps'], { cwd })
    expect([code, sentences(stderr)]).toEqual([0, []])
    expect(stdout.trim().split('\n')).toHaveLength(2)
  })

  it.each([
    ['a folder below a file', (cwd: string) => join(cwd, 'file.png', 'x')],
    ['a device', () => '/dev/null'],
  ])('with a sentence for each map where --out is %s', async (_, place) => {
    const cwd = folder()
    copyFileSync(CHELSEA, join(cwd, 'file.png'))
    copyFileSync(CHELSEA, join(cwd, 'other.png'))
    const { code, stderr } = await hookscope(['explain', 'file.png', 'other.png', '--out', place(cwd)], { cwd })
    const lines = sentences(stderr)
    expect([code, lines.length]).toEqual([2, 2])
    for (const line of lines)
      expect(line).toMatch(
        /^hookscope: .* cannot be written: a (part of its path is not a folder|file of that name stands where a folder is needed)\.$/,
      )
  })
})

describe('streams that take nothing', () => {
  const shell = (command: string) => {
    const { status, stderr } = spawnSync('bash', ['-c', `set -o pipefail; ${command}`], { encoding: 'utf8' })
    return { status, stderr }
  }
  const binary = resolve('bin/hookscope.js')

  it('a full disk behind standard output is said', () => {
    expect(shell(`node ${binary} models > /dev/full`)).toEqual({
      status: 2,
      stderr: 'hookscope: The results could not be written to standard output: the disk is full.\n',
    })
  })

  it('a reader that has seen enough is none of the command’s business', () => {
    expect(shell(`node ${binary} --help | true`)).toEqual({ status: 0, stderr: '' })
  })

  it('a standard error that nobody reads changes no exit code', () => {
    expect(shell(`node ${binary} classify nowhere.png 2> >(exec true)`).status).toBe(2)
    expect(shell(`node ${binary} classify nowhere.png 2>&-`).status).toBe(2)
    expect(shell(`node ${binary} classify nowhere.png 2> /dev/full`).status).toBe(2)
  })
})
