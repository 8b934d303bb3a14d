import { mount } from '@vue/test-utils'
import { expect, test, vi } from 'vitest'

import { stopTheClock } from '../testing.js'
import StatusRegion from './StatusRegion.vue'

stopTheClock()

function counts(more) {
  return { sending: 0, reading: 0, done: 0, failed: 0, ...more }
}

async function pass(ms) {
  await vi.advanceTimersByTimeAsync(ms)
}

test('progress is told at most every 5 s, and then as it stands', async () => {
  const region = mount(StatusRegion, { props: { items: [], counts: counts() } })
  const status = region.get('[role=status]')
  await region.setProps({ counts: counts({ sending: 2 }) })
  await pass(0)
  expect(status.text()).toBe('2 uploading')
  await region.setProps({ counts: counts({ sending: 1, reading: 1 }) })
  await region.setProps({ counts: counts({ reading: 1, done: 1 }) })
  await pass(4_999)
  expect(status.text()).toBe('2 uploading')
  await pass(1)
  expect(status.text()).toBe('1 being read and 1 done')
})

test('failures are told at once, and each once', async () => {
  const item = (name) => ({ name, state: 'failed', reason: 'Not a picture.' })
  const first = item('a.jpg')
  const region = mount(StatusRegion, { props: { items: [], counts: counts() } })
  const alert = region.get('[role=alert]')
  await region.setProps({ items: [first] })
  expect(alert.text()).toBe('Failed: a.jpg: Not a picture.')
  await region.setProps({ items: [first, ...['b', 'c', 'd', 'e', 'f'].map(item)] })
  expect(alert.text()).toBe(
    'Failed: b: Not a picture. c: Not a picture. d: Not a picture. And 2 more.',
  )
})
