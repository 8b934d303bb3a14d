// jsdom lays nothing out, so rectangles are given here.

import { mount } from '@vue/test-utils'
import { expect, test, vi } from 'vitest'
import { h, useTemplateRef } from 'vue'

import { useWhole } from './useWhole.js'

test('children that an element cuts off are not whole, and it is measured anew', async () => {
  let change
  vi.stubGlobal(
    'ResizeObserver',
    class {
      constructor(listener) {
        change = listener
      }
      observe() {}
      disconnect() {}
    },
  )
  const bottoms = { list: 70, a: 30, b: 60, c: 90 }
  vi.spyOn(Element.prototype, 'getBoundingClientRect').mockImplementation(function () {
    return { bottom: bottoms[this.id] }
  })
  const list = mount({
    setup() {
      const whole = useWhole(useTemplateRef('list'))
      const children = () => ['a', 'b', 'c'].map((id) => h('i', { id }))
      return () => h('p', { id: 'list', ref: 'list', title: whole.value }, children())
    },
  })
  expect(list.attributes('title')).toBe('Infinity')
  change()
  await list.vm.$nextTick()
  expect(list.attributes('title')).toBe('2')
  bottoms.list = 90
  change()
  await list.vm.$nextTick()
  expect(list.attributes('title')).toBe('3')
})
