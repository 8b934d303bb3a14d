import { mount } from '@vue/test-utils'
import { beforeEach, expect, test, vi } from 'vitest'

import { download } from '../download.js'
import PictureDialog from './PictureDialog.vue'

vi.mock('../download.js', async (original) => ({ ...(await original()), download: vi.fn() }))

// jsdom knows the element, but not what it does.
beforeEach(() => {
  HTMLDialogElement.prototype.showModal = function () {
    this.open = true
  }
  HTMLDialogElement.prototype.close = function () {
    this.open = false
    this.dispatchEvent(new Event('close'))
  }
})

const box = { left: 0.5, top: 0.25, width: 0.25, height: 0.5 }

function picture(name) {
  const main = { name: 'main', url: `/${name}`, width: 800, height: 600, bytes: 90, format: 'jpeg' }
  return {
    id: name,
    name: `${name}.jpg`,
    size: 5_000_000,
    results: {
      image: { format: 'jpeg', width: 4000, height: 3000 },
      renditions: [main],
      labels: [
        { name: 'Dog', confidence: 98.34, instances: [{ box }, { box }], parents: ['Animal'] },
        { name: 'Animal', confidence: 98.34 },
        { name: 'Grass', confidence: 75 },
      ],
    },
  }
}

const items = ['a', 'b', 'c'].map(picture)

async function show(item) {
  const dialog = mount(PictureDialog, { props: { items, item: null } })
  await dialog.setProps({ item })
  await vi.waitFor(() => expect(dialog.get('dialog').element.open).toBe(true))
  return dialog
}

test('it shows the picture, what is in it and how large it was and is', async () => {
  const dialog = await show(items[1])
  expect(dialog.get('img').attributes()).toMatchObject({
    src: '/b',
    width: '800',
    height: '600',
    alt: 'b.jpg: Dog, Animal and Grass',
  })
  expect(dialog.get('h2').text()).toBe('b.jpg')
  expect(dialog.text()).toContain('2 of 3')
  expect(dialog.text()).toContain('JPEG, 4000 × 3000, 5.0 MB')
  expect(dialog.text()).toMatch(/Dog 2 times, Animal\s*98.3 %/)
})

test.each([
  ['ArrowRight', 2],
  ['ArrowLeft', 0],
  ['Home', 0],
  ['End', 2],
])('%s goes to another picture', async (key, index) => {
  const dialog = await show(items[1])
  await dialog.get('dialog').trigger('keydown', { key })
  expect(dialog.emitted('show')).toEqual([[items[index]]])
})

test('it does not go beyond the ends', async () => {
  const dialog = await show(items[2])
  await dialog.get('dialog').trigger('keydown', { key: 'ArrowRight' })
  await dialog.get('[aria-label="Next picture"]').trigger('click')
  expect(dialog.emitted('show')).toBeUndefined()
  expect(dialog.get('[aria-label="Next picture"]').attributes('aria-disabled')).toBe('true')
  await dialog.get('[aria-label="Previous picture"]').trigger('click')
  expect(dialog.emitted('show')).toEqual([[items[1]]])
})

test('boxes are shown when asked for, and those of a label while it is pointed at', async () => {
  const dialog = await show(items[0])
  const label = (index) => dialog.findAll('[aria-label="Labels"] button')[index]
  const boxes = () => dialog.findAll('.boxes .over').length
  expect(boxes()).toBe(0)
  await dialog.get('[aria-pressed]').trigger('click')
  expect(boxes()).toBe(2)
  expect(dialog.get('.boxes .over').attributes()).toMatchObject({
    x: '400',
    y: '150',
    width: '200',
    height: '300',
  })
  await label(2).trigger('focus')
  expect(boxes()).toBe(0)
  await label(1).trigger('focus') // a dog is an animal
  expect(boxes()).toBe(2)
})

test('it is closed by its button, or by a press beside it', async () => {
  const dialog = await show(items[0])
  await dialog.get('[aria-label="Close"]').trigger('click')
  await dialog.get('dialog').trigger('click')
  expect(dialog.emitted('close')).toHaveLength(2)
})

test('a rendition is saved, and asked for again where its URL holds no more', async () => {
  const dialog = await show(items[0])
  download.mockResolvedValueOnce(true)
  await dialog.get('[aria-label="Download main"]').trigger('click')
  expect(download).toHaveBeenCalledWith('/a', 'a-main.jpg')
  expect(dialog.emitted('broken')).toBeUndefined()
  download.mockResolvedValueOnce(false)
  await dialog.get('[aria-label="Download main"]').trigger('click')
  await vi.waitFor(() => expect(dialog.emitted('broken')).toEqual([[items[0]]]))
})
