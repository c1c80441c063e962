import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { expect, type Page } from '@playwright/test'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
/** A list that is steered from the search field above it takes no focus itself, which this rule does not know. */
const RUN = `axe.run(document, { rules: { 'scrollable-region-focusable': { enabled: false } } }).then(({ violations }) =>
  violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ target }) => target).join(', ')))`

/** Names, roles and contrast of all that is on the page, by axe's rules. */
export async function expectAccessible(page: Page, what: string): Promise<void> {
  await page.evaluate(AXE)
  expect(await page.evaluate<string[]>(RUN), what).toEqual([])
}
