import { expect, test } from 'vitest'

import { backoff, mayPass } from './retry.js'

test('the wait before another try grows, is never longer than 30 s, and is jittered in full', () => {
  const longest = [1, 2, 3, 9].map((tries) => backoff(tries, null, () => 1))
  expect(longest).toEqual([2000, 4000, 8000, 30_000])
  expect(backoff(3, null, () => 0)).toBe(0)
})

test('the server may ask for longer', () => {
  expect(backoff(1, 5, () => 0)).toBe(5000)
  expect(backoff(1, 5, () => 1)).toBe(6000)
})

test('what is nobody’s fault may pass, and what the request is refused for does not', () => {
  expect([0, 408, 429, 500, 503].every(mayPass)).toBe(true)
  expect([200, 400, 403, 404, 412].some(mayPass)).toBe(false)
})
