import { describe, expect, test } from 'vitest'
import { featuresFileName, mapFileName } from '../../src/catalog/filenames'

describe('file names', () => {
  const named = { picture: 'chelsea.png', network: 'inception-v3', layer: 'Mixed_7c' }

  test('tell network, layer, method and class', () => {
    const map = { ...named, method: 'gradcam', target: 283, label: 'tiger cat' } as const
    expect(mapFileName(map, 'png')).toBe('chelsea.inception-v3.Mixed_7c.gradcam.283-tiger-cat.png')
    expect(mapFileName({ ...map, label: 'crane (283)' }, 'json')).toBe(
      'chelsea.inception-v3.Mixed_7c.gradcam.283-crane.json',
    )
    expect(featuresFileName(named)).toBe('chelsea.inception-v3.Mixed_7c.features.png')
  })

  test('hold only what every file system takes', () => {
    const picture = '../C:\\été*?.tar.jpeg'
    const name = mapFileName(
      { ...named, picture, layer: 'relu:0', method: 'cam', target: 0, label: "jack-o'-lantern" },
      'png',
    )
    expect(name).toBe('C-été-.tar.inception-v3.relu-0.cam.0-jack-o-lantern.png')
    expect(featuresFileName({ ...named, picture: '???.png' })).toBe('picture.inception-v3.Mixed_7c.features.png')
  })
})
