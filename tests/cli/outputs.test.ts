import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { folder, hookscope, onlyResult, PICTURES } from './hookscope'

const CHELSEA = join(PICTURES, 'chelsea.png')
const NAME = 'chelsea.resnet18.layer4.gradcam.97-wild-cat'
const resnet = (...args: string[]) => ['explain', CHELSEA, '--model', 'resnet18', '--class', 'wild cat', ...args]

const rgb = (path: string) => sharp(path).removeAlpha().raw().toBuffer()

describe('files', () => {
  it('the overlay is written where one stands, at the picture’s own size, and its name printed', async () => {
    const cwd = folder()
    const { stdout, code } = await hookscope(resnet(), { cwd })
    expect([stdout, code]).toEqual([`${NAME}.png\n`, 0])
    expect(readdirSync(cwd)).toEqual([`${NAME}.png`])
    const file = join(cwd, `${NAME}.png`)
    expect(await sharp(file).metadata()).toMatchObject({ format: 'png', width: 451, height: 300 })

    const [before, after] = await Promise.all([rgb(CHELSEA), rgb(file)])
    const at = (x: number, y: number) => (y * 451 + x) * 3
    const shares = [0, 1, 2].map(c => (after[at(5, 150) + c] ?? 0) / (before[at(5, 150) + c] ?? 1))
    for (const share of shares) expect(share, 'dimmed where the network did not look').toBeCloseTo(0.4, 1)
    expect(after.subarray(at(225, 150), at(226, 150))).not.toEqual(before.subarray(at(225, 150), at(226, 150)))
  })

  it('opacity 0 is the picture, and 1 the heatmap, where the network looked', async () => {
    const cwd = folder()
    await hookscope(resnet('--opacity', '0', '--resize', 'squash', '--out', 'clear.png'), { cwd })
    expect((await rgb(join(cwd, 'clear.png'))).equals(await rgb(CHELSEA))).toBe(true)

    await hookscope(resnet('--opacity', '1', '--resize', 'squash', '--out', 'full.png', '--colormap', 'viridis'), {
      cwd,
    })
    await hookscope(resnet('--kind', 'heatmap', '--resize', 'squash', '--out', 'heat.png', '--colormap', 'viridis'), {
      cwd,
    })
    expect((await rgb(join(cwd, 'full.png'))).equals(await rgb(join(cwd, 'heat.png')))).toBe(true)
  })

  it('a heatmap is as large as the part of the picture that the network saw', async () => {
    const cwd = folder()
    await hookscope(resnet('--kind', 'heatmap'), { cwd })
    // The short side, 300, becomes 256; the long one, 451, becomes 384; 224 of each are seen.
    const [width, height] = [Math.round((451 * 224) / 384), Math.round((300 * 224) / 256)]
    expect(readdirSync(cwd)).toEqual([`${NAME}.heatmap.png`])
    expect(await sharp(join(cwd, `${NAME}.heatmap.png`)).metadata()).toMatchObject({ width, height })
  })

  it('a grid holds every channel, and stands once for all classes of its layer', async () => {
    const cwd = folder()
    const { stdout } = await hookscope(
      resnet('--kind', 'grid', '--class', 'top1', '--layer', 'layer1', '--json', '--out', 'grids'),
      { cwd },
    )
    const { maps } = onlyResult(stdout)
    const file = join('grids', 'chelsea.resnet18.layer1.features.png')
    expect(maps.map(map => map.files)).toEqual([[file], [file]])
    // 64 channels of 56×56, eight a row, a pixel between them.
    expect(await sharp(join(cwd, file)).metadata()).toMatchObject({ width: 8 * 57 - 1, height: 8 * 57 - 1 })
  })

  it('of one picture do not show through each other', async () => {
    const cwd = folder()
    await hookscope(['explain', CHELSEA, '--model', 'resnet18', '--class', '3,97', '--out', 'both'], { cwd })
    await hookscope(resnet('--out', 'alone'), { cwd })
    const [both, alone] = await Promise.all(['both', 'alone'].map(out => rgb(join(cwd, out, `${NAME}.png`))))
    expect(alone && both?.equals(alone)).toBe(true)
  })

  it('go into a folder that is made, a name each, also for pictures of one name', async () => {
    const cwd = folder()
    const other = join(cwd, 'chelsea.png')
    await sharp(CHELSEA).flop().png().toFile(other)
    const { stdout, code } = await hookscope(
      ['explain', CHELSEA, other, '--model', 'resnet18', '--class', '97', '--out', join('a', 'b')],
      { cwd },
    )
    expect(code).toBe(0)
    expect(stdout.trim().split('\n')).toEqual([join('a', 'b', `${NAME}.png`), join('a', 'b', `${NAME}-2.png`)])
    expect(readdirSync(join(cwd, 'a', 'b')).sort()).toEqual([`${NAME}-2.png`, `${NAME}.png`])
  })

  it('show colours as the profile has them', async () => {
    const cwd = folder()
    await sharp(CHELSEA).withIccProfile('p3').png().toFile(join(cwd, 'p3.png'))
    await hookscope(
      ['explain', 'p3.png', '--model', 'resnet18', '--resize', 'squash', '--opacity', '0', '--out', 'out.png'],
      { cwd },
    )
    const [shown, original] = await Promise.all([rgb(join(cwd, 'out.png')), rgb(CHELSEA)])
    const far = original.filter((value, i) => Math.abs(value - (shown[i] ?? 0)) > 3).length
    expect(far / original.length).toBeLessThan(0.01)
  })
})
