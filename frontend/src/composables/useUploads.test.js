import { beforeEach, describe, expect, test, vi } from 'vitest'
import { nextTick, ref } from 'vue'

import { deferred, setup, stopTheClock } from '../testing.js'
import { TransferError } from '../transfer.js'
import { sentence, useUploads } from './useUploads.js'

const LIMITS = { contentTypes: ['image/jpeg', 'image/png'], maxSize: 100, maxFiles: 50 }

stopTheClock()

let online
let transfers // those that go on: each with what it was called with, and how to end it
let signed // the requests for URLs: names of files
let reached // the promise that the server is there
let wake // how to end whenOnline()
let told

beforeEach(() => {
  vi.spyOn(Math, 'random').mockReturnValue(1)
  online = ref(true)
  transfers = []
  signed = []
  told = []
  reached = Promise.resolve()
})

let lastKey = 0

async function signUploads(files) {
  signed.push(files.map(({ name }) => name))
  return files.map(() => {
    const key = `uploads/${++lastKey}.jpg`
    const expiresAt = new Date(Date.now() + 300_000).toISOString()
    return { key, uploadUrl: `/b/${key}`, headers: { 'If-None-Match': '*' }, expiresAt }
  })
}

function transfer(call) {
  const { promise, resolve, reject } = deferred()
  const answer = (status, more) => resolve({ status, message: '', retryAfter: null, ...more })
  call.signal.addEventListener('abort', () => reject(new TransferError('cancelled')))
  transfers.push({
    ...call,
    answer,
    breakOff: (kind = 'network') => reject(new TransferError(kind)),
  })
  return promise
}

function make(options) {
  return setup(() =>
    useUploads({
      signUploads,
      transfer,
      whenKnown: async () => LIMITS,
      whenReachable: () => reached,
      online,
      whenOnline: () => new Promise((resolve) => (online.value ? resolve() : (wake = resolve))),
      onSend: ({ key }) => told.push(['send', key]),
      onStored: ({ key }) => told.push(['stored', key]),
      onDropped: ({ key }) => told.push(['dropped', key]),
      ...options,
    }),
  )
}

function picture(name, { size = 10, type = 'image/jpeg', lastModified = 1 } = {}) {
  const file = new File(['x'.repeat(size)], name, { type, lastModified })
  file.slice = () => ({ arrayBuffer: async () => new ArrayBuffer(1) }) // jsdom reads no files
  return file
}

function settle(ms = 0) {
  return vi.advanceTimersByTimeAsync(ms)
}

function states({ items }) {
  return items.map(({ state }) => state)
}

describe('the queue', () => {
  test('sends three at a time, and signs for the next along with them', async () => {
    const uploads = make()
    uploads.add(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((name) => picture(name)))
    await settle()
    expect(states(uploads).filter((state) => state === 'uploading')).toHaveLength(3)
    expect(transfers.map(({ file }) => file.name)).toEqual(['a', 'b', 'c'])
    transfers[1].answer(200)
    await settle()
    expect(transfers.map(({ file }) => file.name)).toEqual(['a', 'b', 'c', 'd'])
    expect(states(uploads)[1]).toBe('stored')
    expect(signed).toEqual([['a', 'b', 'c', 'd', 'e', 'f']])
  })

  test('sends in the order in which files were added, although the latest are shown first', async () => {
    const uploads = make()
    uploads.add(['a', 'b', 'c', 'd'].map((name) => picture(name)))
    uploads.add([picture('e')])
    await settle()
    transfers[0].answer(200)
    await settle()
    expect(transfers.map(({ file }) => file.name)).toEqual(['a', 'b', 'c', 'd'])
  })

  test('signs for no more at once than the server allows', async () => {
    const uploads = make({ whenKnown: async () => ({ ...LIMITS, maxFiles: 4 }) })
    uploads.add(['a', 'b', 'c', 'd', 'e'].map((name) => picture(name)))
    await settle()
    expect(signed).toEqual([['a', 'b', 'c', 'd']])
  })

  test('sends what was signed, to where it was signed for', async () => {
    const uploads = make()
    const [item] = uploads.add([picture('a.jpg')])
    await settle()
    expect(transfers[0]).toMatchObject({
      url: `/b/${item.key}`,
      headers: { 'If-None-Match': '*' },
      file: uploads.fileOf(item),
    })
    transfers[0].answer(200)
    await settle()
    expect(told).toEqual([
      ['send', item.key],
      ['stored', item.key],
    ])
    expect(item.storedAt).toBe(Date.now())
  })

  test('puts what is added in front, in its order', async () => {
    const uploads = make()
    uploads.add([picture('a'), picture('b')])
    uploads.add([picture('c'), picture('d')])
    expect(uploads.items.map(({ name }) => name)).toEqual(['c', 'd', 'a', 'b'])
  })

  test('does not ask twice for a URL that still holds', async () => {
    const uploads = make()
    uploads.add([picture('a')])
    await settle()
    transfers[0].answer(500)
    await settle(2000)
    expect(transfers[1].url).toBe(transfers[0].url)
    expect(signed).toHaveLength(1)
  })

  test('asks again for a URL that has run out while it waited', async () => {
    const uploads = make()
    uploads.add(['a', 'b', 'c', 'd'].map((name) => picture(name)))
    await settle()
    const before = signed.flat().filter((name) => name === 'd').length
    await settle(280_000)
    transfers[0].answer(200)
    await settle()
    expect(transfers).toHaveLength(4)
    expect(signed.flat().filter((name) => name === 'd')).toHaveLength(before + 1)
  })
})

describe('before a byte is sent', () => {
  test('what the server would not take is rejected, with the reason', async () => {
    const uploads = make()
    const [text, large, empty] = uploads.add([
      picture('a.txt', { type: 'text/plain' }),
      picture('b.jpg', { size: 101 }),
      picture('c.jpg', { size: 0 }),
    ])
    await settle()
    expect(states(uploads)).toEqual(['rejected', 'rejected', 'rejected'])
    expect(text.reason).toBe('Only JPEG or PNG pictures are taken.')
    expect(large.reason).toBe('It has 101 B; at most 100 B are taken.')
    expect(empty.reason).toBe('The file is empty.')
    expect(signed).toEqual([])
  })

  test('everything waits until the limits are known', async () => {
    const known = deferred()
    const uploads = make({ whenKnown: () => known.promise })
    uploads.add([picture('a')])
    await settle()
    expect(states(uploads)).toEqual(['queued'])
    known.resolve(LIMITS)
    await settle()
    expect(states(uploads)).toEqual(['uploading'])
  })

  test('a file that is in the list already is not sent, unless it is told to be', async () => {
    const uploads = make()
    uploads.add([picture('a'), picture('b')])
    const [again, other, within, twice] = uploads.add([
      picture('a'),
      picture('a', { lastModified: 2 }),
      picture('c'),
      picture('c'),
    ])
    await settle()
    expect([again.state, other.state, within.state, twice.state]).toEqual([
      'duplicate',
      'uploading',
      'queued',
      'duplicate',
    ])
    transfers.forEach(({ answer }) => answer(200))
    await settle()
    uploads.retry(again)
    await settle()
    expect(again.state).toBe('uploading')
  })
})

test('a file that came to nothing is sent when it is added again, in the place of that', async () => {
  const uploads = make()
  uploads.add([picture('a'), picture('b.txt', { type: 'text/plain' })])
  await settle()
  transfers[0].answer(400)
  await settle()
  expect(states(uploads)).toEqual(['failed', 'rejected'])
  uploads.add([picture('a'), picture('b.txt', { type: 'text/plain' })])
  await settle()
  expect(states(uploads)).toEqual(['uploading', 'rejected'])
})

describe('a try that failed', () => {
  test.each([0, 408, 429, 500, 503])(
    'with status %i is made again, four times in all',
    async (status) => {
      const uploads = make()
      const [item] = uploads.add([picture('a')])
      await settle()
      for (let tries = 1; tries < 4; tries++) {
        transfers.at(-1).answer(status)
        await settle()
        expect(item).toMatchObject({ state: 'waiting', tries })
        expect(item.retryAt - Date.now()).toBe(1000 * 2 ** tries)
        await settle(item.retryAt - Date.now())
        expect(item.state).toBe('uploading')
      }
      transfers.at(-1).answer(status)
      await settle()
      expect(item).toMatchObject({ state: 'failed', reason: `The server answered ${status}.` })
      expect(transfers).toHaveLength(4)
    },
  )

  test('waits for as long as the server asks', async () => {
    const uploads = make()
    const [item] = uploads.add([picture('a')])
    await settle()
    transfers[0].answer(503, { retryAfter: 20 })
    await settle()
    expect(item.retryAt - Date.now()).toBe(21_000)
  })

  test('because the connection broke off or stood still is made again', async () => {
    const uploads = make()
    const [item] = uploads.add([picture('a')])
    await settle()
    transfers[0].breakOff()
    await settle()
    expect(item).toMatchObject({ state: 'waiting', reason: 'The connection broke off.' })
    await settle(2000)
    transfers[1].breakOff('stalled')
    await settle()
    expect(item).toMatchObject({ state: 'waiting', reason: 'The upload came to a standstill.' })
  })

  test('with 403 is signed anew at once, but only one time', async () => {
    const uploads = make()
    const [item] = uploads.add([picture('a')])
    await settle()
    const first = item.key
    transfers[0].answer(403)
    await settle()
    expect(item.state).toBe('uploading')
    expect(item.key).not.toBe(first)
    expect(told).toContainEqual(['dropped', first])
    transfers[1].answer(403, { message: 'Request has expired' })
    await settle()
    expect(item).toMatchObject({ state: 'failed', reason: 'Request has expired.' })
    expect(transfers).toHaveLength(2)
  })

  test('with 412 had come through before, and its answer was lost', async () => {
    const uploads = make()
    const [item] = uploads.add([picture('a')])
    await settle()
    transfers[0].breakOff()
    await settle(2000)
    transfers[1].answer(412)
    await settle()
    expect(item.state).toBe('stored')
  })

  test('whose URL has run out meanwhile is made with another key, and the first is forgotten', async () => {
    const uploads = make()
    const [item] = uploads.add([picture('a')])
    await settle()
    const first = item.key
    transfers[0].answer(503, { retryAfter: 290 })
    await settle(291_000)
    expect(item.state).toBe('uploading')
    expect(item.key).not.toBe(first)
    expect(told).toEqual([
      ['send', first],
      ['dropped', first],
      ['send', item.key],
    ])
  })

  test('with another status ends it', async () => {
    const uploads = make()
    const [item] = uploads.add([picture('a')])
    await settle()
    transfers[0].answer(400, { message: 'your upload is too large' })
    await settle()
    expect(item).toMatchObject({ state: 'failed', reason: 'Your upload is too large.', key: null })
  })

  test('because the file is gone ends it', async () => {
    const uploads = make()
    const file = picture('a')
    file.slice = () => ({ arrayBuffer: () => Promise.reject(new Error('NotReadableError')) })
    const [item] = uploads.add([file])
    await settle()
    transfers[0].breakOff()
    await settle()
    expect(item.state).toBe('failed')
    expect(item.reason).toMatch(/cannot be read/)
  })

  test('to get a URL is made again where it may pass, else it ends', async () => {
    const refusals = [
      { message: 'the server cannot be reached', status: 0 },
      { message: 'size 10 is no picture', status: 400 },
    ]
    const uploads = make({ signUploads: () => Promise.reject(refusals.shift()) })
    const [item] = uploads.add([picture('a')])
    await settle()
    expect(item).toMatchObject({ state: 'waiting', reason: 'The server cannot be reached.' })
    await settle(2000)
    expect(item).toMatchObject({ state: 'failed', reason: 'Size 10 is no picture.' })
  })

  test('to get URLs because of one file fails for that file alone', async () => {
    const uploads = make({
      async signUploads(files) {
        if (files.some(({ name }) => name === 'b')) throw { message: 'no b', status: 400 }
        return signUploads(files)
      },
    })
    uploads.add(['a', 'b', 'c', 'd'].map((name) => picture(name)))
    await settle()
    expect(states(uploads)).toEqual(['uploading', 'failed', 'uploading', 'uploading'])
  })

  test('for the last time keeps its key, since it may have come through', async () => {
    const uploads = make()
    const [item] = uploads.add([picture('a')])
    await settle()
    for (let tries = 1; tries <= 4; tries++) {
      transfers.at(-1).breakOff()
      await settle(30_000)
    }
    expect(item).toMatchObject({ state: 'failed', reason: 'The connection broke off.' })
    uploads.retry(item)
    await settle()
    expect(transfers[4].url).toBe(transfers[0].url)
    transfers[4].answer(412)
    await settle()
    expect(item.state).toBe('stored')
  })

  test('without a network waits for one, and counts as none', async () => {
    const uploads = make()
    const [item] = uploads.add([picture('a')])
    await settle()
    online.value = false
    transfers[0].breakOff()
    await settle(3_600_000)
    expect(item).toMatchObject({ state: 'waiting', tries: 0 })
    online.value = true
    wake()
    await settle()
    expect(item.state).toBe('uploading')
  })

  test('because there is no server waits for one, however long', async () => {
    const uploads = make()
    const [item] = uploads.add([picture('a')])
    await settle()
    const back = deferred()
    reached = back.promise
    transfers[0].breakOff()
    await settle(3_600_000)
    expect(item).toMatchObject({ state: 'waiting', tries: 1 })
    back.resolve()
    await settle()
    expect(item.state).toBe('uploading')
  })

  test('lets the next one go on while it waits to be made again', async () => {
    const uploads = make()
    uploads.add(['a', 'b', 'c', 'd'].map((name) => picture(name)))
    await settle()
    transfers[0].answer(503, { retryAfter: 60 })
    await settle()
    expect(transfers.map(({ file }) => file.name)).toEqual(['a', 'b', 'c', 'd'])
  })
})

describe('whoever looks on', () => {
  test('sees how much was sent, and after two seconds how fast', async () => {
    const uploads = make()
    const [item] = uploads.add([picture('a', { size: 100 })])
    await settle(1000)
    transfers[0].onProgress(10)
    expect(item).toMatchObject({ sent: 10, speed: 0 })
    await settle(1000)
    transfers[0].onProgress(50)
    expect(item).toMatchObject({ sent: 50, speed: 25 })
  })

  test('can cancel one, in whatever state, and take it up again', async () => {
    const uploads = make()
    const items = uploads.add(['a', 'b', 'c', 'd'].map((name) => picture(name)))
    await settle()
    transfers[1].answer(503)
    await settle()
    items.slice(0, 2).forEach(uploads.cancel)
    expect(states(uploads).slice(0, 2)).toEqual(['cancelled', 'cancelled'])
    expect(transfers[0].signal.aborted).toBe(true)
    await settle(60_000)
    expect(transfers.filter(({ file }) => file.name === 'b')).toHaveLength(1)
    expect(items[3].state).toBe('uploading')
    uploads.retry(items[0])
    await settle()
    expect(items[0].state).toBe('uploading')
  })

  test('can cancel all, and retry all that failed', async () => {
    const uploads = make()
    const items = uploads.add(['a', 'b', 'c', 'd'].map((name) => picture(name)))
    await settle()
    transfers[0].answer(400)
    await settle()
    uploads.cancelAll()
    expect(states(uploads)).toEqual(['failed', 'cancelled', 'cancelled', 'cancelled'])
    uploads.retryFailed()
    await settle()
    expect(items[0]).toMatchObject({ state: 'uploading', reason: '', tries: 0 })
  })

  test('can remove one, which ends its upload', async () => {
    const uploads = make()
    const [item] = uploads.add([picture('a'), picture('b')])
    await settle()
    const { key } = item
    uploads.remove(item)
    await nextTick()
    expect(transfers[0].signal.aborted).toBe(true)
    expect(uploads.items.map(({ name }) => name)).toEqual(['b'])
    expect(told).toContainEqual(['dropped', key])
    expect(uploads.fileOf(item)).toBeUndefined()
  })
})

test('messages of the server become sentences', () => {
  expect(sentence('not a picture')).toBe('Not a picture.')
  expect(sentence('Gone!')).toBe('Gone!')
})
