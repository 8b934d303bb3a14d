import { flushPromises, mount } from '@vue/test-utils'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import DropZone from './DropZone.vue'

const limits = { contentTypes: ['image/jpeg', 'image/png'], maxSize: 5_000_000, maxFiles: 9 }
const file = new File(['x'], 'a.jpg', { type: 'image/jpeg' })

let zone

beforeEach(() => {
  zone = mount(DropZone, { props: { limits } })
})

afterEach(() => zone.unmount())

/** Send the window an event as the browser does; return it. */
async function send(name, members) {
  const event = Object.assign(new Event(name, { cancelable: true }), members)
  window.dispatchEvent(event)
  await flushPromises()
  return event
}

const carrying = (files, types = ['Files']) => ({ dataTransfer: { types, files } })

test('it says what the server takes, and offers no more', () => {
  expect(zone.text()).toContain('JPEG or PNG, up to 5.0 MB each.')
  expect(zone.get('input[multiple]').attributes('accept')).toBe('image/jpeg,image/png')
})

test('files can be chosen, and the same ones again', async () => {
  const input = zone.get('input[multiple]')
  const emptied = vi.fn()
  Object.defineProperty(input.element, 'files', { value: [file] })
  Object.defineProperty(input.element, 'value', { set: emptied })
  await input.trigger('change')
  await input.trigger('change')
  expect(zone.emitted('choose')).toEqual([[[file]], [[file]]])
  expect(emptied).toHaveBeenCalledWith('') // else the browser would see no change
})

test('files can be dropped anywhere, over a sign that says so', async () => {
  await send('dragenter', carrying([]))
  await send('dragenter', carrying([]))
  await send('dragleave', carrying([]))
  expect(zone.find('.overlay').exists()).toBe(true)
  expect((await send('dragover', carrying([]))).defaultPrevented).toBe(true)
  expect((await send('drop', carrying([file]))).defaultPrevented).toBe(true)
  expect(zone.find('.overlay').exists()).toBe(false)
  expect(zone.emitted('choose')).toEqual([[[file]]])
})

test('text that is dragged over the page is none of its concern', async () => {
  await send('dragenter', carrying([], ['text/plain']))
  expect(zone.find('.overlay').exists()).toBe(false)
  expect((await send('drop', carrying([], ['text/plain']))).defaultPrevented).toBe(false)
  expect(zone.emitted('choose')).toBeUndefined()
})

test('a picture of the page itself is not uploaded again by being dragged about', async () => {
  await send('dragstart')
  await send('dragenter', carrying([]))
  expect(zone.find('.overlay').exists()).toBe(false)
  await send('drop', carrying([file]))
  expect(zone.emitted('choose')).toBeUndefined()
  await send('dragend')
  await send('drop', carrying([file]))
  expect(zone.emitted('choose')).toHaveLength(1)
})

test('pictures can be pasted', async () => {
  await send('paste', { clipboardData: { files: [file] } })
  await send('paste', { clipboardData: { files: [] } })
  expect(zone.emitted('choose')).toEqual([[[file]]])
})
