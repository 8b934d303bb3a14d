import { mount } from '@vue/test-utils'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { reactive, ref } from 'vue'

import { measureNothing } from '../testing.js'
import PictureList from './PictureList.vue'

let list

beforeEach(measureNothing)

afterEach(() => list.unmount())

function picture(name, more) {
  const known = { state: 'queued', size: 1000, sent: 0, reason: '', preview: null, removed: false }
  return { id: `picture-${name}`, name, ...known, ...more }
}

function result(name) {
  const rendition = { width: 320, height: 240, bytes: 100, format: 'jpeg' }
  return picture(name, {
    state: 'done',
    results: {
      labels: [
        {
          name: 'Dog',
          confidence: 98.4,
          instances: [{ box: { left: 0, top: 0, width: 1, height: 1 } }],
        },
        { name: 'Animal', confidence: 97 },
      ],
      renditions: [
        { ...rendition, name: 'main', url: '/main', width: 1024, height: 768 },
        { ...rendition, name: 'thumb', url: '/thumb' },
      ],
    },
  })
}

function show(some) {
  const items = reactive(some)
  const pictures = {
    online: ref(true),
    canRetry: ({ state }) => ['failed', 'duplicate', 'cancelled'].includes(state),
    remove: (item) => items.splice(items.indexOf(item), 1),
    cancel: (item) => Object.assign(item, { state: 'cancelled' }),
    retry: (item) => Object.assign(item, { state: 'queued' }),
    check: (item) => Object.assign(item, { state: 'processing' }),
    refresh: vi.fn(),
  }
  list = mount(PictureList, {
    attachTo: document.body,
    props: { items, pictures, chosen: [], now: 10_000 },
  })
  return { items, pictures }
}

function button(name) {
  return list.findAll('button').find((one) => {
    return (one.attributes('aria-label') ?? one.text()) === name
  })
}

test.each([
  ['queued', {}, 'Waiting for its turn', ['Cancel a']],
  ['signing', {}, 'About to upload', ['Cancel a']],
  ['uploading', { sent: 500 }, 'Uploading 50 %', ['Cancel a']],
  ['waiting', { retryAt: 18_000, tries: 1 }, 'Retrying in 8 s (2 of 4)', ['Cancel a']],
  ['waiting', { retryAt: 9_000, tries: 1 }, 'Waiting for the server', ['Cancel a']],
  ['processing', { storedAt: 6_000 }, 'Uploaded, being read (4 s)', []],
  ['late', {}, 'Taking too long', ['Check again: a', 'Remove a']],
  ['loading', {}, 'Loading', []],
  ['duplicate', {}, 'In the list already', ['Upload anyway: a', 'Remove a']],
  ['cancelled', {}, 'Cancelled', ['Retry a', 'Remove a']],
  ['rejected', { reason: 'The file is empty.' }, 'Not taken', ['Remove a']],
  ['failed', { reason: 'Not a picture.' }, 'Failed', ['Retry a', 'Remove a']],
])('a picture that is %s says so, and what can be done', (state, more, text, buttons) => {
  show([picture('a', { state, ...more })])
  expect(list.get('.card__words').text()).toBe(text)
  expect(list.findAll('button').map((one) => one.attributes('aria-label'))).toEqual(buttons)
  if (more.reason) expect(list.text()).toContain(more.reason)
})

test('speed and time left are told once they are known', () => {
  show([picture('a', { state: 'uploading', size: 3_000_000, sent: 1_000_000, speed: 500_000 })])
  expect(list.text()).toContain('500 KB/s, 4 s left')
})

test('a result shows its picture in all sizes, described by its labels, with its size reserved', () => {
  show([result('rex.jpg')])
  expect(list.get('img').attributes()).toMatchObject({
    src: '/thumb',
    srcset: '/main 1024w, /thumb 320w',
    width: '320',
    height: '240',
    alt: 'rex.jpg: Dog and Animal',
  })
  expect(list.text()).toContain('1024 × 768')
})

test('a result that says less is shown with what it says', async () => {
  const bare = { renditions: [{ name: 'main', url: '/main' }] }
  show([
    picture('bare.jpg', { state: 'done', results: bare }),
    picture('none.jpg', { state: 'done', results: {} }),
  ])
  expect(list.get('img').attributes()).toMatchObject({ src: '/main', alt: 'bare.jpg' })
  expect(list.get('img').attributes('srcset')).toBeUndefined()
  expect(list.text()).not.toMatch(/undefined|NaN/)
  await button('Open bare.jpg').trigger('focus')
  expect(list.find('svg.boxes').exists()).toBe(false)
  expect(list.findAll('.nothing').map((one) => one.text())).toEqual(['No labels', 'No labels'])
})

test('looking at a picture shows its boxes, and at a label those of the label', async () => {
  show([result('rex.jpg')])
  expect(list.find('svg.boxes').exists()).toBe(false)
  await button('Open rex.jpg').trigger('focus')
  expect(list.find('svg.boxes rect').attributes()).toMatchObject({ width: '1024', height: '768' })
  await button('Open rex.jpg').trigger('blur')
  await list.findAll('.chip')[1].trigger('mouseenter')
  expect(list.find('svg.boxes').exists()).toBe(true)
  expect(list.find('svg.boxes rect').exists()).toBe(false)
})

test('a label filters, a broken picture is asked for again, and an open one is told of', async () => {
  const { items, pictures } = show([result('rex.jpg')])
  await list.findAll('.chip')[0].trigger('click')
  expect(list.emitted('filter')).toEqual([['Dog']])
  await list.get('img').trigger('error')
  expect(pictures.refresh).toHaveBeenCalledWith(items[0])
  await button('Open rex.jpg').trigger('click')
  expect(list.emitted('open')).toEqual([[items[0]]])
})

test('the first row is loaded at once, and the others when they are come near', () => {
  show(['a', 'b', 'c', 'd', 'e'].map(result))
  const loading = list.findAll('img').map((image) => image.attributes('loading'))
  expect(loading).toEqual(['eager', 'eager', 'eager', 'eager', 'lazy'])
})

test('removing a picture puts the focus on the next, then on the one before', async () => {
  show([result('a'), picture('b', { state: 'failed' }), result('c')])
  const focused = () => document.activeElement.getAttribute('aria-label')
  await button('Remove b').trigger('click')
  await vi.waitFor(() => expect(focused()).toBe('Open c'))
  await button('Remove c').trigger('click')
  await vi.waitFor(() => expect(focused()).toBe('Open a'))
  await button('Remove a').trigger('click')
  await vi.waitFor(() => expect(list.emitted('emptied')).toHaveLength(1))
})

test('a button that goes away by being pressed leaves the focus on its card', async () => {
  show([picture('a')])
  button('Cancel a').element.focus()
  await button('Cancel a').trigger('click')
  await vi.waitFor(() => {
    expect(document.activeElement.getAttribute('aria-label')).toBe('Retry a')
  })
})
