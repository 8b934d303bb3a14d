import { mount } from '@vue/test-utils'
import { afterEach, expect, test } from 'vitest'

import SummaryBar from './SummaryBar.vue'

let bar

afterEach(() => bar.unmount())

function show(counts) {
  const none = { sending: 0, reading: 0, done: 0, failed: 0, retriable: 0 }
  bar = mount(SummaryBar, { attachTo: document.body, props: { counts: { ...none, ...counts } } })
}

function counted() {
  return bar.findAll('.counts > span').map((one) => one.text())
}

test('while something goes on every count has its place', () => {
  show({ done: 12, reading: 1 })
  expect(counted()).toEqual(['12 done', '0 failed', '0 uploading', '1 being read'])
})

test('at rest only what there is is counted', () => {
  show({ done: 12, failed: 2 })
  expect(counted()).toEqual(['12 done', '2 failed'])
})

/** What each button says, and whether it is away, or does nothing. */
function offered() {
  return bar
    .findAll('button')
    .map((one) => [one.text(), one.classes('is-away'), one.attributes('aria-disabled')])
}

test('while something goes on both buttons have their places, at rest only what can be done is offered', async () => {
  show({ sending: 1 })
  expect(offered()).toEqual([
    ['Cancel all', false, 'false'],
    ['Retry all failed', false, 'true'],
  ])
  await bar.setProps({ counts: { sending: 0, reading: 0, done: 0, failed: 1, retriable: 1 } })
  expect(offered()).toEqual([
    ['Cancel all', true, 'true'],
    ['Retry all failed', false, 'false'],
  ])
})

test('a faint button does nothing', async () => {
  show({ sending: 1 })
  await bar.findAll('button')[1].trigger('click')
  expect(bar.emitted('retry-failed')).toBeUndefined()
})

test('a button that goes away by being pressed leaves the focus on the title', async () => {
  show({ failed: 1, retriable: 1 })
  await bar.findAll('button')[1].trigger('click')
  expect(bar.emitted('retry-failed')).toHaveLength(1)
  expect(document.activeElement.textContent).toBe('Pictures')
})
