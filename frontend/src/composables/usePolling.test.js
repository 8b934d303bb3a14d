import { beforeEach, expect, test, vi } from 'vitest'
import { ref } from 'vue'

import { deferred, setHidden, setup, stopTheClock } from '../testing.js'
import { interval, usePolling } from './usePolling.js'

stopTheClock()

let online
let asked // the keys of each request
let answers // by key
let got
let late

beforeEach(() => {
  setHidden(false)
  online = ref(true)
  asked = []
  answers = {}
  got = []
  late = []
})

function make(options) {
  return setup(() =>
    usePolling({
      async getResults(keys) {
        asked.push(keys)
        return keys.map((key) => ({ image_key: key, status: answers[key] ?? 'PROCESSING' }))
      },
      most: 50,
      online,
      onAnswer(key, { status }) {
        if (status === 'PROCESSING') return false
        got.push([key, status])
        return true
      },
      onLate: (key) => late.push(key),
      ...options,
    }),
  )
}

function pass(ms) {
  return vi.advanceTimersByTimeAsync(ms)
}

test('a picture is asked for every 3 s for 15 s, then less', async () => {
  const polling = make()
  polling.follow('a')
  await pass(2_999)
  expect(asked).toHaveLength(0)
  await pass(12_001)
  expect(asked).toHaveLength(5)
  await pass(6_000)
  expect(asked).toHaveLength(6)
  await pass(60_000)
  expect(asked.length).toBeLessThan(15)
})

test('the wait depends on how long the youngest has been waited for', () => {
  expect([0, 14_999, 15_000, 59_999, 60_000, 1e9, Infinity].map(interval)).toEqual([
    3_000, 3_000, 6_000, 6_000, 15_000, 15_000, 15_000,
  ])
})

test('all that are pending are asked for in one request', async () => {
  const polling = make()
  polling.follow('a')
  polling.follow('b')
  polling.follow('c')
  await pass(3_000)
  expect(asked).toEqual([['a', 'b', 'c']])
})

test('more than one request may name are asked for in several', async () => {
  const polling = make()
  const keys = Array.from({ length: 120 }, (_, index) => `k${index}`)
  keys.forEach((key) => polling.follow(key))
  await pass(3_000)
  expect(asked.map(({ length }) => length)).toEqual([50, 50, 20])
  expect(asked.flat()).toEqual(keys)
})

test('who has an answer is asked for no more, and once nobody is left nothing is asked', async () => {
  const polling = make()
  polling.follow('a')
  polling.follow('b')
  answers.a = 'COMPLETE'
  await pass(3_000)
  expect(got).toEqual([['a', 'COMPLETE']])
  answers.b = 'FAILED'
  await pass(3_000)
  expect(asked).toEqual([['a', 'b'], ['b']])
  await pass(600_000)
  expect(asked).toHaveLength(2)
})

test('a hidden tab asks nothing, and asks at once when it is seen again', async () => {
  const polling = make()
  polling.follow('a')
  setHidden(true)
  await pass(100_000)
  expect(asked).toHaveLength(0)
  setHidden(false)
  await pass(0)
  expect(asked).toHaveLength(1)
})

test('without a network nothing is asked, and at once when it is back', async () => {
  const polling = make()
  online.value = false
  polling.follow('a')
  await pass(100_000)
  expect(asked).toHaveLength(0)
  online.value = true
  await pass(0)
  expect(asked).toHaveLength(1)
})

test('a picture that takes more than 300 s is late, and can be asked for again', async () => {
  const polling = make()
  polling.follow('a')
  await pass(299_000)
  expect(late).toEqual([])
  await pass(16_000)
  expect(late).toEqual(['a'])
  const before = asked.length
  await pass(600_000)
  expect(asked).toHaveLength(before)

  answers.a = 'COMPLETE'
  polling.follow('a', { atOnce: true })
  await pass(0)
  expect(got).toEqual([['a', 'COMPLETE']])
  expect(late).toEqual(['a'])
})

test('a picture that has been waited for since long ago is asked for once before it is late', async () => {
  const polling = make()
  polling.follow('a', { since: 0, atOnce: true })
  polling.follow('b', { since: 0, atOnce: true })
  answers.a = 'COMPLETE'
  await pass(0)
  expect(asked).toEqual([['a', 'b']])
  expect(got).toEqual([['a', 'COMPLETE']])
  expect(late).toEqual(['b'])
})

test('a picture is not late because of a server that does not answer, until it has been for as long', async () => {
  const polling = make({ getResults: () => Promise.reject(new Error('no')) })
  polling.follow('a', { since: 0, atOnce: true })
  await pass(290_000)
  expect(late).toEqual([])
  await pass(30_000)
  expect(late).toEqual(['a'])
})

test('failures are told after the second, and forgotten with the first success', async () => {
  let broken = true
  const polling = make({
    async getResults(keys) {
      if (broken) throw new Error('no')
      return keys.map((key) => ({ image_key: key, status: 'PROCESSING' }))
    },
  })
  polling.follow('a')
  await pass(3_000)
  expect(polling.unreachable.value).toBe(false)
  await pass(3_000)
  expect(polling.unreachable.value).toBe(true)
  broken = false
  await polling.again()
  expect(polling.unreachable.value).toBe(false)
})

test('one request goes on at a time', async () => {
  const slow = deferred()
  let requests = 0
  const polling = make({
    getResults() {
      requests += 1
      return slow.promise
    },
  })
  polling.follow('a')
  await pass(3_000)
  polling.follow('b')
  polling.again()
  await pass(60_000)
  expect(requests).toBe(1)
})

test('what is forgotten while it is asked for gets no answer', async () => {
  const slow = deferred()
  const polling = make({ getResults: () => slow.promise })
  polling.follow('a')
  await pass(3_000)
  polling.forget('a')
  slow.resolve([{ image_key: 'a', status: 'COMPLETE' }])
  await pass(0)
  expect(got).toEqual([])
})
