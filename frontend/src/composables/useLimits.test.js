import { expect, test, vi } from 'vitest'

import { goOnline, setup, stopTheClock } from '../testing.js'
import { refusal, useLimits } from './useLimits.js'

const LIMITS = { contentTypes: ['image/jpeg', 'image/png', 'image/webp'], maxSize: 64, maxFiles: 9 }

stopTheClock()

test('limits are asked for until the server tells them, less and less often', async () => {
  const getLimits = vi.fn().mockRejectedValue(new Error('no'))
  const limits = setup(() => useLimits({ getLimits }))
  const known = vi.fn()
  limits.whenKnown().then(known)
  await vi.advanceTimersByTimeAsync(0)
  expect(limits.unreachable.value).toBe(true)
  await vi.advanceTimersByTimeAsync(2_000)
  expect(getLimits).toHaveBeenCalledTimes(2)
  await vi.advanceTimersByTimeAsync(120_000)
  expect(getLimits.mock.calls.length).toBeLessThan(14)
  expect(known).not.toHaveBeenCalled()

  getLimits.mockResolvedValue(LIMITS)
  await vi.advanceTimersByTimeAsync(30_000)
  expect(known).toHaveBeenCalledWith(LIMITS)
  expect(limits.limits.value).toBe(LIMITS)
  expect(limits.unreachable.value).toBe(false)
  const calls = getLimits.mock.calls.length
  await vi.advanceTimersByTimeAsync(120_000)
  expect(getLimits).toHaveBeenCalledTimes(calls)
})

test('whoever waits for the server is told once it has answered anew', async () => {
  const getLimits = vi.fn().mockResolvedValue(LIMITS)
  const limits = setup(() => useLimits({ getLimits }))
  await vi.advanceTimersByTimeAsync(0)
  getLimits.mockRejectedValue(new Error('no'))
  const back = vi.fn()
  limits.whenReachable().then(back)
  limits.whenReachable()
  await vi.advanceTimersByTimeAsync(60_000)
  expect(limits.unreachable.value).toBe(true)
  expect(await limits.whenKnown()).toBe(LIMITS)
  expect(back).not.toHaveBeenCalled()

  const later = { ...LIMITS, maxFiles: 5 }
  getLimits.mockResolvedValue(later)
  limits.again()
  await vi.advanceTimersByTimeAsync(0)
  expect(back).toHaveBeenCalledWith(later)
  expect(limits.unreachable.value).toBe(false)
})

test('limits are asked for at once when the network is back', async () => {
  const getLimits = vi.fn().mockRejectedValueOnce(new Error('no')).mockResolvedValue(LIMITS)
  const limits = setup(() => useLimits({ getLimits }))
  await vi.advanceTimersByTimeAsync(0)
  goOnline(true)
  await vi.advanceTimersByTimeAsync(0)
  expect(limits.limits.value).toBe(LIMITS)
})

test('a file is refused by its type and size, and taken otherwise', () => {
  expect(refusal(LIMITS, { type: 'image/heic', size: 5 })).toBe(
    'Only JPEG, PNG or WebP pictures are taken.',
  )
  expect(refusal(LIMITS, { type: '', size: 5 })).toMatch(/^Only/)
  expect(refusal(LIMITS, { type: 'image/png', size: 65 })).toBe(
    'It has 65 B; at most 64 B are taken.',
  )
  expect(refusal(LIMITS, { type: 'image/png', size: 0 })).toBe('The file is empty.')
  expect(refusal(LIMITS, { type: 'image/png', size: 64 })).toBeNull()
})
