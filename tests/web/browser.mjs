// Chromium, and what the tests say to the page: pictures are found by their role and name, as a screen reader has them.

import { mkdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

import { top } from './stack.mjs'

const require = createRequire(join(top, 'frontend/package.json'))
const { chromium } = require('playwright-core')
const { AxeBuilder } = require('@axe-core/playwright')

export const PATIENCE_MS = 150_000
const SCREENSHOTS = join(top, 'build/screenshots')

export const DESKTOP = { width: 1280, height: 900 }
export const PHONE = { width: 390, height: 844 }
const LOOKS = [DESKTOP, PHONE].flatMap((viewport) =>
  ['light', 'dark'].map((colorScheme) => ({ viewport, colorScheme })),
)

export function launch() {
  return chromium.launch({
    executablePath: process.env.IMGPL_CHROMIUM || '/usr/bin/chromium',
    args: process.getuid() === 0 ? ['--no-sandbox'] : [],
  })
}

/** Open the page in a context of its own. What it complains of is kept in `page.complaints`. */
export async function openPage(browser, url, options = {}) {
  const context = await browser.newContext({
    viewport: DESKTOP,
    colorScheme: 'light',
    acceptDownloads: true,
    ...options,
  })
  const page = await context.newPage()
  page.complaints = []
  page.setDefaultTimeout(PATIENCE_MS)
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) page.complaints.push(message.text())
  })
  page.on('pageerror', (error) => page.complaints.push(String(error)))
  await page.addInitScript(() => {
    window.shifts = []
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries())
        if (!entry.hadRecentInput)
          window.shifts.push({
            value: entry.value,
            nodes: entry.sources.map(({ node }) => node?.outerHTML?.slice(0, 200)),
          })
    }).observe({ type: 'layout-shift', buffered: true })
  })
  await page.goto(url)
  return page
}

export function chooser(page) {
  return page.getByLabel('Choose pictures')
}

export function card(page, name) {
  return page
    .getByRole('list', { name: 'Pictures', exact: true })
    .getByRole('listitem', { name, exact: true })
}

export function opener(page, name) {
  return page.getByRole('button', { name: `Open ${name}`, exact: true })
}

/** Wait until each of the pictures is done. */
export async function allDone(page, names) {
  for (const name of names) await opener(page, name).waitFor()
}

/** Let bytes go out at a given speed, or as they can; or, offline, not at all. */
export async function network(page, { bytesPerSecond = -1, offline = false } = {}) {
  page.network ??= await page.context().newCDPSession(page)
  await page.network.send('Network.emulateNetworkConditions', {
    offline,
    latency: 0,
    downloadThroughput: -1,
    uploadThroughput: bytesPerSecond,
  })
}

/** What moved since the last call, but by the user's doing. */
export async function shifts(page) {
  return page.evaluate(async () => {
    await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 0)))
    return window.shifts.splice(0)
  })
}

/** What axe objects to, in light and dark, on a desktop and on a phone; each is kept as a picture. */
export async function inspect(page, state) {
  mkdirSync(SCREENSHOTS, { recursive: true })
  const found = []
  for (const { viewport, colorScheme } of LOOKS) {
    const look = `${state}-${viewport === PHONE ? 'phone' : 'desktop'}-${colorScheme}`
    await page.setViewportSize(viewport)
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await page.screenshot({ path: join(SCREENSHOTS, `${look}.png`) })
    const { violations } = await new AxeBuilder({ page }).analyze()
    for (const { id, nodes } of violations)
      found.push(`${look}: ${id}: ${nodes.map(({ html }) => html).join(' ')}`)
  }
  await page.setViewportSize(DESKTOP)
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: null })
  return found
}
