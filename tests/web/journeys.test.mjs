// From the file that is chosen to the labels on the page: Chromium, the server and the whole pipeline with its networks.

import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { after, before, test } from 'node:test'

import {
  PATIENCE_MS,
  PHONE,
  allDone,
  card,
  chooser,
  inspect,
  launch,
  network,
  openPage,
  opener,
  shifts,
} from './browser.mjs'
import { makePictures } from './pictures.mjs'
import { Stack } from './stack.mjs'

const folder = mkdtempSync(join(tmpdir(), 'imgpl-web-'))
const stack = new Stack(join(folder, 'data'))
const patience = { timeout: 2 * PATIENCE_MS }
let browser
let paths, names, good

before(async () => {
  paths = makePictures(folder)
  names = paths.map((path) => basename(path))
  good = names.filter((name) => name !== 'notes.jpg')
  await stack.start()
  browser = await launch()
}, patience)

after(async () => {
  await browser?.close()
  await stack.stop()
  rmSync(folder, { recursive: true, force: true })
}, patience)

/** The pictures of some names. */
function some(...wanted) {
  return paths.filter((path) => wanted.includes(basename(path)))
}

async function close(page) {
  await page.context().close()
}

test('an empty page says what it is for, and axe has nothing to say of it', patience, async () => {
  const page = await openPage(browser, stack.url)
  await page.getByRole('heading', { name: 'No pictures yet' }).waitFor()
  await page.getByText('JPEG, PNG or WebP, up to 67 MB each.').waitFor()
  assert.deepEqual(await inspect(page, 'empty'), [])
  assert.deepEqual(page.complaints, [])
  await close(page)
})

test(
  'ten files at once: progress, states, labels, boxes, filter, lightbox and download',
  patience,
  async (t) => {
    const page = await openPage(browser, stack.url)

    await t.test('progress and states are seen on the way', async () => {
      await network(page, { bytesPerSecond: 6_000 })
      await chooser(page).setInputFiles(paths)
      await page.getByRole('progressbar').first().waitFor()
      await page
        .getByText(/^Uploading [1-9]\d* %$/)
        .first()
        .waitFor()
      await page.getByText('Waiting for its turn').first().waitFor()
      assert.equal(
        await page.getByRole('list', { name: 'Pictures', exact: true }).locator('> li').count(),
        10,
      )
      assert.deepEqual(await inspect(page, 'working'), [])
    })

    await t.test('nothing moves when results come', async () => {
      await shifts(page)
      await network(page)
      await allDone(page, good)
      await card(page, 'notes.jpg').getByText('Not a JPEG, PNG or WebP image but text').waitFor()
      assert.deepEqual(await shifts(page), [])
    })

    await t.test('axe has nothing to say of results', async () => {
      await page.waitForLoadState('networkidle')
      assert.deepEqual(await inspect(page, 'finished'), [])
    })

    await t.test('a picture that a phone held on its side is upright', async () => {
      const image = card(page, 'phone.jpg').getByRole('img')
      await image.scrollIntoViewIfNeeded()
      const [wide, high, up, down] = await image.evaluate(async (element) => {
        await element.decode()
        const canvas = document.createElement('canvas')
        Object.assign(canvas, { width: element.naturalWidth, height: element.naturalHeight })
        const drawing = canvas.getContext('2d', { willReadFrequently: true })
        drawing.drawImage(element, 0, 0)
        const redness = (y) => {
          const [red, , blue] = drawing.getImageData(canvas.width / 2, y, 1, 1).data
          return red - blue
        }
        return [canvas.width, canvas.height, redness(2), redness(canvas.height - 3)]
      })
      assert.ok(wide < high, `${wide}x${high}`)
      assert.ok(up > 150 && down < -150, `${up} ${down}`)
    })

    const dog = card(page, 'dog-and-bicycle.jpg')
    await t.test(
      'labels are told with how sure they are, and pointing at one shows its boxes',
      async () => {
        const labels = page.getByRole('list', { name: 'Labels of dog-and-bicycle.jpg' })
        assert.match(await labels.innerText(), /(Dog|Canine)\s*\d+ %/)
        assert.equal(await dog.locator('rect').count(), 0)
        await labels.getByRole('button', { name: /^(Dog|Canine)/ }).hover()
        const box = await dog.locator('rect').first().boundingBox()
        const picture = await dog.getByRole('img').boundingBox()
        assert.ok(box.width > 0.1 * picture.width && box.height > 0.1 * picture.height)
        await page.mouse.move(2, 2)
        await dog.locator('rect').first().waitFor({ state: 'detached' })
      },
    )

    await t.test('a label filters', async () => {
      const filter = page.getByRole('group', { name: 'Filter by label' })
      await filter.getByRole('button', { name: /^Dog/ }).click()
      await card(page, 'calm-lake.jpg').waitFor({ state: 'detached' })
      assert.equal(await dog.count(), 1)
      await filter.getByRole('button', { name: 'All', exact: true }).click()
      await card(page, 'calm-lake.jpg').waitFor()
    })

    await t.test('the lightbox is worked by keys, and gives the focus back', async () => {
      const first = opener(page, good[0])
      await first.focus()
      await page.keyboard.press('Enter')
      const dialog = page.getByRole('dialog')
      await dialog.getByRole('heading', { name: good[0] }).waitFor()
      await dialog.getByText('1 of 9', { exact: true }).waitFor()
      await page.keyboard.press('ArrowRight')
      await dialog.getByText('2 of 9', { exact: true }).waitFor()
      await page.keyboard.press('End')
      await dialog.getByText('9 of 9', { exact: true }).waitFor()
      await page.keyboard.press('Home')
      await dialog.getByText('1 of 9', { exact: true }).waitFor()
      await dialog.getByRole('button', { name: 'Show boxes' }).click()
      await dialog.locator('rect').first().waitFor()
      assert.deepEqual(await inspect(page, 'lightbox'), [])
      await page.keyboard.press('Escape')
      await dialog.waitFor({ state: 'hidden' })
      assert.equal(await first.evaluate((element) => element === document.activeElement), true)
    })

    await t.test('a rendition is downloaded as it was told', async () => {
      await opener(page, 'wild-flower-meadow.png').click()
      const link = page.getByRole('dialog').getByRole('link', { name: 'Download main' })
      const [download] = await Promise.all([page.waitForEvent('download'), link.click()])
      const bytes = readFileSync(await download.path())
      assert.equal(download.suggestedFilename(), 'wild-flower-meadow-main.png')
      assert.equal(bytes.subarray(1, 4).toString(), 'PNG')
      await page.keyboard.press('Escape')
    })

    assert.deepEqual(page.complaints, [])
    await close(page)
  },
)

test('a reload in the middle forgets nothing that was uploaded', patience, async () => {
  const page = await openPage(browser, stack.url)
  page.on('dialog', (dialog) => dialog.accept())
  await chooser(page).setInputFiles(some(...good))
  await page.getByText('0 uploading').waitFor()
  await page.reload()
  assert.equal(
    await page.getByRole('list', { name: 'Pictures', exact: true }).locator('> li').count(),
    good.length,
  )
  await allDone(page, good)
  await page.reload() // and what is finished is shown again
  await allDone(page, good)
  assert.deepEqual(page.complaints, [])
  await close(page)
})

test(
  'the server is killed in the middle and started again: all end complete',
  patience,
  async () => {
    const page = await openPage(browser, stack.url)
    await network(page, { bytesPerSecond: 300_000 })
    await chooser(page).setInputFiles(some(...good))
    await page
      .getByText(/^Uploaded, being read/)
      .first()
      .waitFor()
    await page
      .getByText(/^Uploading [1-9]\d* %$/)
      .first()
      .waitFor()
    assert.equal(await stack.kill('imgpl-serve'), 1)
    await page
      .getByText(/^(Retrying in \d+ s|Waiting for the server)/)
      .first()
      .waitFor()
    await network(page)
    await stack.start()
    await allDone(page, good)
    const others = page.complaints.filter((text) => !/net::ERR_(CONNECTION|EMPTY)/.test(text))
    assert.deepEqual(others, [])
    await close(page)
  },
)

test('without a network the page says so, and goes on when it is back', patience, async () => {
  const page = await openPage(browser, stack.url)
  // Slow enough that some still wait for their turn, whatever becomes of those on their way.
  await network(page, { bytesPerSecond: 30_000 })
  const names = [
    'large.jpg',
    'wild-flower-meadow.png',
    'double-decker-bus.jpg',
    'calm-lake.jpg',
    'dog-and-bicycle.jpg',
  ]
  await chooser(page).setInputFiles(some(...names))
  await page
    .getByText(/^Uploading [1-9]\d* %$/)
    .first()
    .waitFor()
  await network(page, { offline: true })
  await page.getByText('You are offline. Everything goes on once you are back.').waitFor()
  await page.getByText('Offline, will resume').first().waitFor()
  assert.deepEqual(await inspect(page, 'offline'), [])
  await network(page)
  await allDone(page, names)
  const others = page.complaints.filter((text) => !/net::ERR_INTERNET_DISCONNECTED/.test(text))
  assert.deepEqual(others, [])
  await close(page)
})

test('a text and an empty file are refused before a byte is sent', patience, async () => {
  const page = await openPage(browser, stack.url)
  const sent = []
  page.on('request', (request) => request.method() === 'PUT' && sent.push(request.url()))
  await chooser(page).setInputFiles([
    { name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('text') },
    { name: 'empty.png', mimeType: 'image/png', buffer: Buffer.alloc(0) },
  ])
  await card(page, 'notes.txt').getByText('Only JPEG, PNG or WebP pictures are taken.').waitFor()
  await card(page, 'empty.png').getByText('The file is empty.').waitFor()
  assert.deepEqual(sent, [])
  assert.deepEqual(page.complaints, [])
  await close(page)
})

test('all of it goes by the keyboard alone', patience, async () => {
  const page = await openPage(browser, stack.url)
  const chosen = page.waitForEvent('filechooser') // which takes a moment to be listened for
  await page.getByText('up to 67 MB each').waitFor()
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  const choice = await chosen
  await choice.setFiles(some('dog-and-bicycle.jpg', 'calm-lake.jpg'))
  await allDone(page, ['dog-and-bicycle.jpg', 'calm-lake.jpg'])
  const focused = () =>
    page.evaluate(() => {
      const element = document.activeElement
      return element.getAttribute('aria-label') ?? element.innerText ?? ''
    })
  const tabTo = async (wanted) => {
    for (let presses = 0; presses < 80; presses += 1) {
      if (wanted.test(await focused())) return
      await page.keyboard.press('Tab')
    }
    assert.fail(`no Tab leads to ${wanted}`)
  }
  await tabTo(/^Dog/) // to filter by
  await page.keyboard.press('Space')
  await card(page, 'calm-lake.jpg').waitFor({ state: 'detached' })
  await page.keyboard.press('Space')
  await card(page, 'calm-lake.jpg').waitFor()
  await tabTo(/^Open dog-and-bicycle/)
  await page.keyboard.press('Enter')
  const dialog = page.getByRole('dialog')
  await dialog.waitFor()
  for (let presses = 0; presses < 30; presses += 1) {
    await page.keyboard.press('Tab')
    const inside = await page.evaluate(
      () =>
        document.activeElement === document.body ||
        document.activeElement.closest('dialog') !== null,
    )
    assert.ok(inside, 'Tab leaves the lightbox')
  }
  await page.keyboard.press('Escape')
  assert.equal(await focused(), 'Open dog-and-bicycle.jpg')
  await tabTo(/^Remove dog-and-bicycle/)
  await page.keyboard.press('Enter')
  await card(page, 'dog-and-bicycle.jpg').waitFor({ state: 'detached' })
  assert.equal(await focused(), 'Open calm-lake.jpg')
  assert.deepEqual(page.complaints, [])
  await close(page)
})

/** How much wider a page is than its window. */
function excess(page) {
  return page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
}

test('a phone is offered its camera, and nothing is wider than its screen', patience, async () => {
  const page = await openPage(browser, stack.url, {
    viewport: PHONE,
    hasTouch: true,
    isMobile: true,
  })
  await page.getByText('Take a picture').waitFor()
  await page.getByLabel('Take a picture').setInputFiles(some('phone.jpg'))
  await allDone(page, ['phone.jpg'])
  assert.ok((await excess(page)) <= 0)
  assert.deepEqual(page.complaints, [])
  await close(page)
})

test('on the narrowest screen nothing is cut off: no button, and no label', patience, async () => {
  const page = await openPage(browser, stack.url, { viewport: { width: 320, height: 640 } })
  await network(page, { bytesPerSecond: 20_000 })
  await chooser(page).setInputFiles(some('dog-and-bicycle.jpg', 'notes.jpg'))
  await page.getByRole('progressbar').first().waitFor()
  assert.ok((await excess(page)) <= 0)
  await network(page)
  await allDone(page, ['dog-and-bicycle.jpg'])
  await page.getByText('0 being read').waitFor({ state: 'detached' })
  assert.ok((await excess(page)) <= 0)
  const labels = page.getByRole('list', { name: 'Labels of dog-and-bicycle.jpg' })
  await labels.getByRole('button', { name: /^Dog/ }).waitFor()
  const { bottom, ends } = await labels.evaluate((list) => ({
    bottom: list.getBoundingClientRect().bottom,
    ends: [...list.querySelectorAll('button')]
      .filter((chip) => chip.checkVisibility({ visibilityProperty: true }))
      .map((chip) => chip.getBoundingClientRect().bottom),
  }))
  assert.ok(ends.length > 0 && ends.every((end) => end <= bottom), `${ends} below ${bottom}`)
  await close(page)
})
