import { mount } from '@vue/test-utils'
import { beforeEach, expect, test } from 'vitest'

import { measureNothing } from '../testing.js'
import LabelFilter from './LabelFilter.vue'

beforeEach(measureNothing)

function show(labels, chosen = []) {
  return mount(LabelFilter, { props: { labels, chosen } })
}

function chips(filter) {
  return filter.findAll('.chip').map((chip) => chip.text().replace(/\s+/g, ' '))
}

test('before there is a label it says that there will be some', () => {
  expect(show([]).text()).toContain('come with the results')
})

test('labels are shown with how many pictures have them', () => {
  expect(
    chips(
      show([
        ['Dog', 3],
        ['Cat', 1],
      ]),
    ),
  ).toEqual(['All', 'Dog 3', 'Cat 1'])
})

test('labels keep their places when more come, until the row is opened', async () => {
  const filter = show([['Dog', 1]])
  const labels = [
    ['Cat', 5],
    ['Dog', 2],
  ]
  await filter.setProps({ labels })
  expect(chips(filter)).toEqual(['All', 'Dog 2', 'Cat 5'])
  await filter.get('[aria-expanded]').trigger('click')
  expect(chips(filter)).toEqual(['All', 'Cat 5', 'Dog 2'])
  await filter.setProps({ labels: [['Cat', 5]] })
  expect(chips(filter)).toEqual(['All', 'Cat 5'])
})

test('labels are pressed that are filtered by, and All when none is', async () => {
  const filter = show([['Dog', 1]], ['Dog'])
  const pressed = () => filter.findAll('.chip').map((chip) => chip.attributes('aria-pressed'))
  expect(pressed()).toEqual(['false', 'true'])
  await filter.findAll('.chip')[1].trigger('click')
  await filter.findAll('.chip')[0].trigger('click')
  expect(filter.emitted()).toMatchObject({ toggle: [['Dog']], clear: [[]] })
  await filter.setProps({ chosen: [] })
  expect(pressed()).toEqual(['true', 'false'])
})
