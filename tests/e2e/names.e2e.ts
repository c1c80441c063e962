import { expect, type Page, test } from '@playwright/test'
import { writeOnnx } from '../../src/onnx/write'
import { GraphBuilder } from '../support/build'
import { drop, picturePath, png, predictions, stage } from './page'

/** Turns what follows around, clears a terminal, rings, ends a line. */
const EVIL = '\u202eevil\u001b[2J\u0007\u2028\u2067'

/** A network in which everything that may have a name has such a one. */
function hostileNetwork(): Buffer {
  const g = new GraphBuilder(17, `graph ${EVIL}`)
  const as = (name: string) => ({ name: `/${name}${EVIL}/Op`, outputs: [`value ${name}${EVIL}`] })
  const picture = g.input(`picture${EVIL}`, [1, 3, 32, 32])
  const more = g.input(`more${EVIL}`, [1, 2])
  const conv = g.node('Conv', [picture, g.weight([8, 3, 3, 3])], { pads: [1, 1, 1, 1] }, as('layer1'))
  const scaled = g.node('Mul', [conv, g.node('ReduceSum', [more], { keepdims: 0 }, as('sum'))], {}, as('layer2'))
  // No rule for its gradient, and no CAM behind it.
  const odd = g.node('Det', [g.node('MatMul', [scaled, scaled], {}, as('product'))], {}, as('odd'))
  const flat = g.node('Flatten', [
    g.node('GlobalAveragePool', [g.node('Relu', [scaled], {}, as('relu'))], {}, as('pool')),
  ])
  const both = g.node('Mul', [flat, g.node('Flatten', [odd], {}, as('flat'))], {}, as('both'))
  for (const [head, of] of [flat, both].entries()) {
    const name = `logits${head}${EVIL}`
    g.node('Gemm', [of, g.weight([4 + head, 8])], { transB: 1 }, { name: `/head${head}${EVIL}/Gemm`, outputs: [name] })
    g.output(name)
  }
  const metadata = new Map([
    ['names', JSON.stringify([0, 1, 2, 3].map(i => `class ${i} ${EVIL}`))],
    [`author${EVIL}`, EVIL],
  ])
  return Buffer.from(writeOnnx({ ...g.build(), producer: `producer${EVIL}`, metadata }))
}

/** Every text of the page, and every attribute that a person is told, that holds what may act on it. */
const raw = (page: Page) =>
  page.evaluate(() => {
    const acts = /(?![\t\n\r])[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u
    const told = ['alt', 'title', 'placeholder', 'aria-label', 'aria-description', 'aria-valuetext']
    const found: string[] = []
    for (const element of document.querySelectorAll('*')) {
      for (const { name, value } of element.attributes)
        if (told.includes(name) && acts.test(value)) found.push(`${name}=${JSON.stringify(value)}`)
      for (const child of element.childNodes)
        if (child instanceof Text && acts.test(child.data))
          found.push(`${element.tagName}: ${JSON.stringify(child.data)}`)
    }
    if (acts.test(document.title)) found.push('title')
    return found
  })

test('names from files reach the page written out: pictures, networks, inputs, outputs, layers, classes, sentences', async ({
  page,
}) => {
  await page.goto('/?engine=wasm&network=resnet18')
  await expect(stage(page)).toContainText('Grad-CAM · layer4')
  await drop(page, { ...png(picturePath('coffee.png')), name: `picture${EVIL}.png` })
  await expect(predictions(page)).toHaveCount(5)
  expect(await raw(page)).toEqual([])

  await drop(page, { name: 'broken.png', type: 'image/png', bytes: Buffer.from(EVIL) })
  await expect(stage(page).getByRole('alert')).toBeVisible()
  expect(await raw(page)).toEqual([])

  await drop(page, { name: `network${EVIL}.onnx`, type: '', bytes: hostileNetwork() })
  const sheet = page.getByRole('dialog')
  await expect(sheet.getByRole('button', { name: 'Open the network' })).toBeVisible()
  expect(await raw(page)).toEqual([])
  await sheet.getByRole('textbox', { name: /^more/ }).fill('1')
  await sheet.getByRole('button', { name: 'Open the network' }).click()
  await expect(predictions(page)).toHaveCount(4)
  await expect(predictions(page).first()).toContainText('\\u202eevil')
  await expect(stage(page)).toContainText('Grad-CAM')
  expect(await raw(page)).toEqual([])
  for (const menu of [page.locator('.layer-button').first(), page.getByRole('button', { name: /Network/ })]) {
    await menu.click()
    await expect(page.getByRole('listbox').getByText('\\u202eevil').first()).toBeVisible()
    expect(await raw(page)).toEqual([])
    await page.keyboard.press('Escape')
  }
})
