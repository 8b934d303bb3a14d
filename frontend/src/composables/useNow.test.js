import { expect, test, vi } from 'vitest'
import { nextTick, ref } from 'vue'

import { setup, stopTheClock } from '../testing.js'
import { useNow } from './useNow.js'

stopTheClock('1970-01-01T00:00:00Z')

test('time goes on only while it is needed', async () => {
  const running = ref(false)
  const now = setup(() => useNow(running))
  vi.advanceTimersByTime(5_000)
  expect(now.value).toBe(0)
  running.value = true
  await nextTick()
  expect(now.value).toBe(5_000)
  vi.advanceTimersByTime(2_000)
  expect(now.value).toBe(7_000)
  running.value = false
  await nextTick()
  vi.advanceTimersByTime(5_000)
  expect(now.value).toBe(7_000)
})
