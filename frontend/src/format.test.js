import { describe, expect, test } from 'vitest'

import { bytes, list, plural, seconds, typeName } from './format.js'

describe('numbers as people read them', () => {
  test.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 KB'],
    [9949, '9.9 KB'],
    [9951, '10 KB'],
    [999_499, '999 KB'],
    [999_500, '1.0 MB'],
    [67_108_864, '67 MB'],
    [2_000_000_000_000, '2000 GB'],
  ])('%d bytes are %s', (count, text) => expect(bytes(count)).toBe(text))

  test.each([
    [-1, '0 s'],
    [0.2, '1 s'],
    [89, '89 s'],
    [90, '2 min'],
    [7200, '2 h'],
  ])('%d seconds are %s', (count, text) => expect(seconds(count)).toBe(text))

  test('one thing is not many', () => {
    expect(plural(1, 'box', 'boxes')).toBe('1 box')
    expect(plural(2, 'box', 'boxes')).toBe('2 boxes')
  })

  test('a list has its last word set off', () => {
    expect(list([])).toBe('')
    expect(list(['a'])).toBe('a')
    expect(list(['a', 'b', 'c'], 'or')).toBe('a, b or c')
  })

  test('types are called what people call them', () => {
    expect(['image/jpeg', 'image/png', 'image/webp', 'jpeg'].map(typeName)).toEqual([
      'JPEG',
      'PNG',
      'WebP',
      'JPEG',
    ])
  })
})
