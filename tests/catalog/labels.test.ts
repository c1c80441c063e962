import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parseLabels } from '../../src/catalog/label-sets'
import { findClass, makeLabels, numberedLabels, plainLabel } from '../../src/catalog/labels'
import { HookscopeError } from '../../src/errors'

const read = (file: string) => makeLabels(parseLabels(readFileSync(`models/${file}`, 'utf8'), file))
const caltech = read('caltech-101.json')
const imagenet = read('imagenet-1001.json')

const unknown = (message: string) => new HookscopeError('unknown-class', message)

describe('labels as people write them', () => {
  it('without underscores and shouting', () => {
    expect(caltech.shown.slice(0, 2)).toEqual(['background', 'Faces'])
    expect(caltech.shown[19]).toBe('car side')
    expect(caltech.shown.some(label => label.includes('_'))).toBe(false)
  })

  it('with the index where two classes share a name, in whatever case', () => {
    expect([135, 518, 639, 640, 265, 475].map(index => imagenet.shown[index])).toEqual([
      'crane (135)',
      'crane (518)',
      'maillot (639)',
      'maillot (640)',
      'Cardigan (265)',
      'cardigan (475)',
    ])
    expect(imagenet.shown.filter(label => label.endsWith(')'))).toHaveLength(6)
  })

  it('are all told apart', () => {
    expect(new Set(imagenet.shown.map(label => label.toLowerCase())).size).toBe(1001)
    expect(new Set(caltech.shown.map(label => label.toLowerCase())).size).toBe(101)
  })

  it('a label loses the index that it carries, and nothing else', () => {
    expect(plainLabel('crane (135)', 135)).toBe('crane')
    expect(plainLabel('crane (135)', 13)).toBe('crane (135)')
  })
})

describe('a class that is asked for', () => {
  it.each([
    ['282', 282],
    ['tabby', 282],
    ['TaBBy', 282],
    [' Egyptian cat ', 286],
    ['crane (518)', 518],
    ['0', 0],
  ])('%s', (asked, index) => expect(findClass(imagenet, asked)).toBe(index))

  it.each([
    ['car_side', 19],
    ['Car Side', 19],
    ['BACKGROUND_Google', 0],
    ['background', 0],
  ])('%s, as the file or as people have it', (asked, index) => expect(findClass(caltech, asked)).toBe(index))

  it.each(['crane', 'Maillot', 'cardigan'])('%s, which two classes are called, lists their indices', asked => {
    const indices = { crane: '135 and 518', maillot: '639 and 640', cardigan: '265 and 475' }[asked.toLowerCase()]
    expect(() => findClass(imagenet, asked)).toThrow(
      unknown(`2 classes are called “${asked}”: ${indices}. Choose one by its index.`),
    )
  })

  it('an unknown one is named, with what comes near', () => {
    expect(() => findClass(imagenet, 'lynxx')).toThrow(
      unknown('This network has no class called “lynxx”. Give an index from 0 to 1000, or a label.'),
    )
    expect(() => findClass(imagenet, 'tiger c')).toThrow(/Did you mean tiger cat\?$/)
    expect(() => findClass(caltech, '101')).toThrow(
      unknown('There is no class 101: this network’s classes are 0 to 100.'),
    )
  })

  it('by number alone where there are no names', () => {
    expect(findClass(numberedLabels(10), '7')).toBe(7)
    expect(() => findClass(numberedLabels(10), '10')).toThrow('There is no class 10')
  })
})
