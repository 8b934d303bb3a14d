import { expect, test } from 'vitest'

import {
  countLabels,
  describe,
  dimensions,
  facts,
  hasLabels,
  mayBeClear,
  renditionNamed,
  sourceSet,
  specificFirst,
} from './results.js'

const main = { name: 'main', url: '/a?X=1', width: 1024 }
const thumb = { name: 'thumb', url: '/b?X=1', width: 320 }
const dog = { results: { labels: [{ name: 'Dog' }, { name: 'Animal' }] } }
const cat = { results: { labels: [{ name: 'Cat' }, { name: 'Animal' }] } }

test('a rendition is found by name, else the first is taken, else there is none', () => {
  expect(renditionNamed({ renditions: [main, thumb] }, 'thumb')).toBe(thumb)
  expect(renditionNamed({ renditions: [main] }, 'thumb')).toBe(main)
  expect(renditionNamed({}, 'thumb')).toBeUndefined()
})

test('a srcset names all renditions by their widths', () => {
  expect(sourceSet({ renditions: [main, thumb] })).toBe('/a?X=1 1024w, /b?X=1 320w')
  expect(sourceSet({ renditions: [main, { url: '/c' }] })).toBeNull()
})

test('of an image is told what is known', () => {
  const image = { format: 'jpeg', width: 1024, height: 768, bytes: 88_000 }
  expect(facts(image)).toBe('JPEG, 1024 × 768, 88 KB')
  expect(facts({ bytes: 34 })).toBe('34 B')
  expect(facts({ format: 'webp' })).toBe('WebP')
  expect([dimensions(image), dimensions({}), dimensions(undefined)]).toEqual(['1024 × 768', '', ''])
})

test('PNG and WebP may be transparent', () => {
  expect(['jpeg', 'png', 'webp'].map((format) => mayBeClear({ format }))).toEqual([
    false,
    true,
    true,
  ])
})

test('what a picture shows comes before what that is a kind of', () => {
  const labels = [
    { name: 'Animal' },
    { name: 'Canine', parents: ['Animal'] },
    { name: 'Dog', parents: ['Canine', 'Animal'] },
    { name: 'Car', parents: ['Vehicle'] },
  ]
  expect(specificFirst(labels).map(({ name }) => name)).toEqual(['Dog', 'Car', 'Animal', 'Canine'])
})

test('a picture is described by its name and labels', () => {
  expect(describe({ name: 'rex.jpg', ...dog })).toBe('rex.jpg: Dog and Animal')
  expect(describe({ name: 'grey.png', results: {} })).toBe('grey.png')
})

test('labels are counted over pictures, the most frequent first', () => {
  expect(countLabels([dog, cat, { results: null }])).toEqual([
    ['Animal', 2],
    ['Cat', 1],
    ['Dog', 1],
  ])
})

test('a picture passes a filter when it has all of its labels', () => {
  expect(hasLabels(dog, ['Dog', 'Animal'])).toBe(true)
  expect(hasLabels(dog, ['Dog', 'Cat'])).toBe(false)
  expect(hasLabels(dog, [])).toBe(true)
  expect(hasLabels({ results: null }, ['Dog'])).toBe(false)
})
