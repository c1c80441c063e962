import { describe, expect, test } from 'vitest'
import { featuresFileName, mapFileName } from '../../src/export/file-names'

describe('file names', () => {
  const named = { picture: 'chelsea.png', network: 'inception-v3', layer: 'Mixed_7c' }

  test('tell network, layer, method and class', () => {
    const map = { ...named, method: 'gradcam', target: { class: 283 }, label: 'tiger cat' } as const
    expect(mapFileName(map, 'png')).toBe('chelsea.inception-v3.Mixed_7c.gradcam.283-tiger-cat.png')
    expect(mapFileName({ ...map, label: 'crane (283)' }, 'json')).toBe(
      'chelsea.inception-v3.Mixed_7c.gradcam.283-crane.json',
    )
    expect(mapFileName({ ...map, target: { class: 283, against: 282 } }, 'png')).toBe(
      'chelsea.inception-v3.Mixed_7c.gradcam.against-282-283-tiger-cat.png',
    )
    expect(mapFileName({ ...map, target: { absent: 283 } }, 'png')).toBe(
      'chelsea.inception-v3.Mixed_7c.gradcam.no-283-tiger-cat.png',
    )
    expect(featuresFileName(named)).toBe('chelsea.inception-v3.Mixed_7c.features.png')
  })

  test('hold only what every file system takes', () => {
    const picture = '../C:\\été*?.tar.jpeg'
    const name = mapFileName(
      { ...named, picture, layer: 'relu:0', method: 'cam', target: { class: 0 }, label: "jack-o'-lantern" },
      'png',
    )
    expect(name).toBe('C-été-.tar.inception-v3.relu-0.cam.0-jack-o-lantern.png')
    expect(featuresFileName({ ...named, picture: '???.png' })).toBe('picture.inception-v3.Mixed_7c.features.png')
  })

  test.each([
    ['70 Chinese characters', '猫'.repeat(70)],
    ['letters outside of the first plane', '𠮷'.repeat(200)],
    ['a name as long as a file system takes', 'a'.repeat(255)],
  ])('are never longer than a file system takes: %s', (_, picture) => {
    const layer = 'features.denseblock4.denselayer16.'.repeat(20)
    const label = 'a label that goes on and on, '.repeat(20)
    const long = { picture: `${picture}.png`, network: 'n'.repeat(300), layer, target: { class: 1 }, label } as const
    for (const name of [mapFileName({ ...long, method: 'guided-gradcam' }, 'heatmap.png'), featuresFileName(long)]) {
      expect(Buffer.byteLength(name)).toBeLessThanOrEqual(240)
      expect(!/\p{Surrogate}/u.test(name)).toBe(true)
      expect(name).toMatch(/\.png$/)
    }
  })

  test('that are cut keep the ends that tell pictures apart', () => {
    const of = (n: number) => featuresFileName({ ...named, picture: `${'walk in the park '.repeat(20)}${n}.jpg` })
    expect(of(1)).not.toBe(of(2))
    expect(of(12)).toMatch(/^walk-in-the-park-.*-12\.inception-v3\.Mixed_7c\.features\.png$/)
  })
})
