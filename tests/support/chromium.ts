import { existsSync } from 'node:fs'
import { chromium } from '@playwright/test'

const PLACES = [
  process.env.CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  chromium.executablePath(),
]

/** A Chromium or Chrome on this machine; `CHROMIUM=/path/to/it` goes first. */
export function findChromium(): string {
  const found = PLACES.find(place => place && existsSync(place))
  if (found) return found
  throw new Error(
    'The end-to-end tests need Chromium or Chrome, and none was found. Debian: `apt-get install chromium`; elsewhere `npx playwright install chromium`; or set CHROMIUM to its path.',
  )
}
