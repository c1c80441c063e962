import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { guessLabels, loadLabels, parseLabels } from '../../src/catalog/label-sets'
import type { ReadFile } from '../../src/catalog/load'
import { HookscopeError } from '../../src/errors'

const read: ReadFile = async file => new Uint8Array(readFileSync(`models/${file}`))

describe('labels that ship', () => {
  it('ImageNet’s 1,000 are its 1,001 without the background', async () => {
    const { shown } = await loadLabels('imagenet-1000', 1000, read)
    const { shown: more } = await loadLabels('imagenet-1001', 1001, read)
    // As torchvision numbers them.
    expect([shown[0], shown[1], shown[207], shown[281], shown[998]]).toEqual([
      'tench',
      'goldfish',
      'golden retriever',
      'tabby',
      'ear',
    ])
    expect(more.slice(0, 2)).toEqual(['background', 'tench'])
    expect(shown[134]).toBe('crane (134)')
  })

  it('Caltech-101’s, and numbers', async () => {
    expect((await loadLabels('caltech-101', 101, read)).shown[19]).toBe('car side')
    expect((await loadLabels('numbers', 3, read)).shown).toEqual(['0', '1', '2'])
  })

  it('are guessed where their number tells', () => {
    expect([1000, 1001, 101, 5].map(guessLabels)).toEqual(['imagenet-1000', 'imagenet-1001', 'numbers', 'numbers'])
  })

  it('that are not as many as the classes are refused', async () => {
    await expect(loadLabels('imagenet-1000', 1001, read)).rejects.toThrow(
      'ImageNet, 1,000 has 1,000 names for the network’s 1,001 classes. Choose other labels, or numbers.',
    )
    await expect(loadLabels({ name: 'mine.txt', names: ['cat'] }, 2, read)).rejects.toThrow(
      'mine.txt has 1 names for the network’s 2 classes.',
    )
  })
})

describe('a labels file', () => {
  it.each([
    ['a JSON array', '["cat", "dog", "cup"]'],
    ['a JSON object by index', '{"2": "cup", "0": "cat", "1": "dog"}'],
    ['Keras’s, with WordNet ids', '{"0": ["n01", "cat"], "1": ["n02", "dog"], "2": ["n03", "cup"]}'],
    ['a name a line', 'cat\ndog\ncup\n'],
    ['a name a line, from Windows', '\uFEFFcat\r\ndog\r\ncup\r\n'],
    ['WordNet ids before the names', 'n01440764 cat\nn01443537 dog\nn01484850 cup'],
    ['indices before the names', '0 cat\n1 dog\n2 cup'],
    ['indices with colons', '0: cat\n1: dog\n2: cup'],
    ['a Python dictionary', `{0: 'cat',\n 1: 'dog',\n 2: "cup"}`],
  ])('%s', (_, text) => expect(parseLabels(text, 'labels')).toEqual(['cat', 'dog', 'cup']))

  it('keeps commas, numbers that are names, and empty lines between', () => {
    expect(parseLabels('tench, Tinca tinca\n\n7 up', 'labels')).toEqual(['tench, Tinca tinca', '', '7 up'])
  })

  it.each([
    ['empty', ' \n', /^a\.txt is empty\. Labels are a name a line, or a JSON array of names\.$/],
    ['numbers', '[1, 2]', /^a\.txt holds neither a list of names nor names by index\./],
    ['an object of something else', '{"a": "cat"}', /neither a list of names/],
    ['a picture', '\x89PNG\0\0\r\n', /^a\.txt is no text\./],
  ])('%s is refused', (_, text, sentence) => {
    expect(() => parseLabels(text, 'a.txt')).toThrow(HookscopeError)
    expect(() => parseLabels(text, 'a.txt')).toThrow(sentence)
  })
})
