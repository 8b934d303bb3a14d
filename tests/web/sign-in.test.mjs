// The page where people have to sign in first, as in the cloud: Chromium, a provider, an API that checks who asks, and
// behind it the server and the pipeline.

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'

import { PATIENCE_MS, allDone, card, chooser, inspect, launch, openPage } from './browser.mjs'
import { Gateway } from './gateway.mjs'
import { makeDrawing } from './pictures.mjs'
import { Provider } from './provider.mjs'
import { Stack } from './stack.mjs'

const folder = mkdtempSync(join(tmpdir(), 'imgpl-web-'))
const stack = new Stack(join(folder, 'data'))
const provider = new Provider()
const patience = { timeout: 2 * PATIENCE_MS }
let browser, gateway, page

before(async () => {
  await stack.start()
  await provider.start()
  gateway = new Gateway(provider, stack.port, folder)
  await gateway.start()
  browser = await launch()
  page = await openPage(browser, gateway.url)
}, patience)

after(async () => {
  await browser?.close()
  gateway?.stop()
  provider.stop()
  await stack.stop()
  rmSync(folder, { recursive: true, force: true })
}, patience)

function button(name) {
  return page.getByRole('button', { name, exact: true })
}

async function signInAs(email) {
  await button('Sign in').first().click()
  await page.getByLabel('Email').fill(email)
  await button('Continue').click()
  await page.getByText(email).waitFor()
}

/** What the page has complained of since the last call, but for answers that are none of its faults. */
function complaints(expected = /^$/) {
  return page.complaints.splice(0).filter((text) => !expected.test(text))
}

test('who is not signed in is told to do so before adding pictures', patience, async () => {
  await page.getByRole('heading', { name: 'Sign in to add pictures' }).waitFor()
  assert.equal(await chooser(page).count(), 0)
  assert.deepEqual(await inspect(page, 'signed-out'), [])
  assert.deepEqual(gateway.seen, [])
})

test('one signs in and uploads, and the token goes to the API alone', patience, async () => {
  await signInAs('ann@example.com')
  assert.equal(page.url(), gateway.url)
  await chooser(page).setInputFiles(makeDrawing(folder, 'ann.png'))
  await allDone(page, ['ann.png'])
  assert.deepEqual(await inspect(page, 'signed-in'), [])
  for (const { method, path, who, authorization } of gateway.seen) {
    const ofApi = ['/limits', '/upload-url', '/results'].includes(path)
    assert.equal(authorization !== undefined, ofApi, `${method} ${path}`)
    assert.equal(who !== null, ofApi, `${method} ${path}`)
  }
  assert.equal(gateway.seen.filter(({ method }) => method === 'PUT').length, 1)
  assert.deepEqual(complaints(), [])
})

test('a reload asks nobody to sign in again', patience, async () => {
  await page.reload()
  await allDone(page, ['ann.png'])
  await page.getByText('ann@example.com').waitFor()
})

test('a token that is refused is renewed unseen, time and again', patience, async () => {
  for (const name of ['second.png', 'third.png']) {
    const before = provider.renewals
    provider.refuseTokens()
    await chooser(page).setInputFiles(makeDrawing(folder, name))
    await allDone(page, [name])
    assert.equal(provider.renewals, before + 1)
  }
  assert.deepEqual(complaints(/status of 401/), [])
})

test(
  'where none is to be had one is asked to sign in again, and finds all as it was',
  patience,
  async () => {
    provider.refuseTokens()
    provider.refuseRefreshes()
    await chooser(page).setInputFiles(makeDrawing(folder, 'late.png'))
    await page.getByText('You are no longer signed in.').waitFor()
    await card(page, 'late.png').getByText('You have to sign in.').waitFor()
    assert.deepEqual(await inspect(page, 'sign-in-again'), [])
    await button('Sign in again').click()
    await allDone(page, ['ann.png', 'second.png', 'third.png'])
    assert.deepEqual(complaints(/status of 40[01]/), [])
  },
)

test('after signing out, another person sees nothing of it', patience, async () => {
  await button('Sign out').click()
  await page.getByRole('heading', { name: 'Sign in to add pictures' }).waitFor()
  assert.equal(provider.sessions.size, 0)
  gateway.seen.length = 0
  await signInAs('bob@example.com')
  await page.getByRole('heading', { name: 'No pictures yet' }).waitFor()
  await chooser(page).setInputFiles(makeDrawing(folder, 'bob.png'))
  await allDone(page, ['bob.png'])
  assert.equal(await page.getByText('ann').count(), 0)

  await button('Sign out').click()
  await signInAs('ann@example.com')
  await allDone(page, ['ann.png', 'second.png', 'third.png'])
  assert.equal(await card(page, 'bob.png').count(), 0)
  assert.deepEqual(complaints(), [])
})

test('a sign-in that is broken off is told of', patience, async () => {
  await button('Sign out').click()
  await page.getByRole('heading', { name: 'Sign in to add pictures' }).waitFor()
  await page.goto(`${gateway.url}?error=access_denied&state=unknown`)
  await page.getByText('Signing in did not work. Try again.').waitFor()
  assert.equal(page.url(), gateway.url)
})
