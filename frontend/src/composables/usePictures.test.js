// All of it together, but for the server and the transfer of bytes.

import { beforeEach, expect, test, vi } from 'vitest'

import { goOnline, setHidden, setup, stopTheClock } from '../testing.js'
import { transfer } from '../transfer.js'
import { usePictures } from './usePictures.js'

vi.mock('../transfer.js', () => ({ transfer: vi.fn() }))

const LIMITS = { contentTypes: ['image/jpeg'], maxSize: 1000, maxFiles: 50 }

const api = { getLimits: vi.fn(), signUploads: vi.fn(), getResults: vi.fn() }

stopTheClock()

let answers // by key

beforeEach(() => {
  localStorage.clear()
  goOnline(true)
  setHidden(false)
  answers = {}
  api.getLimits.mockResolvedValue(LIMITS)
  api.signUploads.mockImplementation(async (files) =>
    files.map(({ name }) => ({
      key: `uploads/${name}`,
      uploadUrl: `/b/${name}`,
      headers: {},
      expiresAt: '2026-01-02T04:00:00Z',
    })),
  )
  api.getResults.mockImplementation(async (keys) =>
    keys.map((key) => ({ image_key: key, status: 'PROCESSING', ...answers[key] })),
  )
  transfer.mockResolvedValue({ status: 200, message: '', retryAfter: null })
})

function open(owner) {
  return setup(() => usePictures(api, owner))
}

function complete(expires = 3600) {
  const url = `/b/k?X-Amz-Date=20260102T030405Z&X-Amz-Expires=${expires}`
  return { status: 'COMPLETE', results: { renditions: [{ name: 'main', url }], labels: [] } }
}

function pass(ms) {
  return vi.advanceTimersByTimeAsync(ms)
}

function picture(name) {
  return new File(['x'], name, { type: 'image/jpeg', lastModified: 1 })
}

/** Add a picture as far as it being stored. */
async function store(pictures, name = 'a.jpg') {
  const [item] = pictures.add([picture(name)])
  await pass(0)
  return item
}

test('a picture goes from its file to its result', async () => {
  const pictures = open()
  const item = await store(pictures)
  expect(item.state).toBe('processing')
  expect(pictures.counts.value).toMatchObject({ reading: 1, done: 0 })
  answers[item.key] = complete()
  await pass(3_000)
  expect(item).toMatchObject({ state: 'done', results: answers[item.key].results })
  expect(pictures.counts.value).toMatchObject({ reading: 0, done: 1 })
  expect(pictures.fileOf(item)).toBeUndefined()
})

test('a failure says why, without the key, and can be sent again', async () => {
  const pictures = open()
  const item = await store(pictures)
  answers[item.key] = { status: 'FAILED', reason: `${item.key}: not a JPEG image but text` }
  await pass(3_000)
  expect(item).toMatchObject({ state: 'failed', reason: 'Not a JPEG image but text.' })
  expect(pictures.counts.value).toMatchObject({ failed: 1, retriable: 1 })
  pictures.retry(item)
  await pass(0)
  expect(item.state).toBe('processing')
  expect(transfer).toHaveBeenCalledTimes(2)
})

test('what takes too long can be asked for again', async () => {
  const pictures = open()
  const item = await store(pictures)
  await pass(320_000)
  expect(item.state).toBe('late')
  answers[item.key] = complete()
  pictures.check(item)
  await pass(0)
  expect(item.state).toBe('done')
})

test('after a reload pictures are as and where they were', async () => {
  const before = open()
  const [a, b] = before.add([picture('a.jpg'), picture('b.jpg')])
  await pass(0)
  answers[a.key] = complete()
  await pass(3_000)
  expect([a.state, b.state]).toEqual(['done', 'processing'])

  const after = open()
  expect(after.items.map(({ name, state }) => [name, state])).toEqual([
    ['a.jpg', 'loading'],
    ['b.jpg', 'processing'],
  ])
  await pass(0)
  expect(after.items.map(({ state }) => state)).toEqual(['done', 'processing'])
  after.add([picture('a.jpg')])
  expect(after.items[0].state).toBe('duplicate')
})

test('an upload that a reload broke off is told as that, and so is what the server lost', async () => {
  transfer.mockReturnValue(new Promise(() => {}))
  await store(open())
  const lost = { key: 'k', name: 'b.jpg', size: 1, storedAt: 1, addedAt: 1, order: 1, done: true }
  const known = JSON.parse(localStorage.getItem('imgpl.pictures'))
  localStorage.setItem('imgpl.pictures', JSON.stringify([...known, lost]))
  answers['uploads/a.jpg'] = answers.k = { known: false }

  const { items } = open()
  await pass(0)
  expect(items.map(({ state, reason }) => [state, reason])).toEqual([
    ['failed', 'The upload was broken off; choose the file again.'],
    ['failed', 'The server no longer has this picture.'],
  ])
})

test('a picture that was removed is not remembered', async () => {
  const before = open()
  before.remove(await store(before))
  expect(open().items).toEqual([])
})

test('what one person has uploaded is not shown to another', async () => {
  await store(open('ann'))
  expect(open('bob').items).toEqual([])
  expect(open('ann').items).toHaveLength(1)
})

test('URLs that have run out are asked for again, but not over and over', async () => {
  const pictures = open()
  const item = await store(pictures)
  answers[item.key] = complete()
  await pass(3_000)
  const calls = api.getResults.mock.calls.length
  await pass(30_000)
  pictures.refreshInTime(item)
  pictures.refresh(item)
  await pass(0)
  expect(api.getResults).toHaveBeenCalledTimes(calls)

  await pass(3_560_000)
  answers[item.key] = complete(7200)
  pictures.refreshInTime(item)
  await pass(0)
  expect(api.getResults).toHaveBeenCalledTimes(calls + 1)
  expect(item.results.renditions[0].url).toContain('7200')
  pictures.refresh(item)
  await pass(60_000)
  expect(api.getResults).toHaveBeenCalledTimes(calls + 1)
  expect(item.state).toBe('done')
})

test('leaving the page is asked about only while something is being sent', async () => {
  const pictures = open()
  const leave = () => {
    const event = new Event('beforeunload', { cancelable: true })
    window.dispatchEvent(event)
    return event.defaultPrevented
  }
  expect(leave()).toBe(false)
  transfer.mockReturnValue(new Promise(() => {}))
  const item = await store(pictures)
  expect(leave()).toBe(true)
  pictures.cancel(item)
  expect(leave()).toBe(false)
})

test('a server that is out of reach is told of, and tried again when asked to', async () => {
  api.getLimits.mockRejectedValue(new Error('no'))
  const pictures = open()
  await pass(0)
  expect(pictures.unreachable.value).toBe(true)
  api.getLimits.mockResolvedValue(LIMITS)
  pictures.connect()
  await pass(0)
  expect(pictures.unreachable.value).toBe(false)
})
