import { beforeEach, expect, test } from 'vitest'

import { useStored } from './useStored.js'

beforeEach(() => localStorage.clear())

function record(key, more) {
  return { key, name: `${key}.jpg`, size: 1, storedAt: 1, ...more }
}

test('records are kept, the latest first, and by key', () => {
  const stored = useStored()
  stored.put(record('a'))
  stored.put(record('b'))
  stored.put(record('a', { done: true }))
  expect(useStored().all()).toEqual([record('b'), record('a', { done: true })])
  stored.drop('b')
  expect(stored.all()).toEqual([record('a', { done: true })])
})

test('another tab’s records stay', () => {
  const here = useStored()
  const there = useStored()
  here.put(record('a'))
  there.put(record('b'))
  here.drop('a')
  expect(there.all()).toEqual([record('b')])
})

test('what one person has is not another’s', () => {
  useStored('ann').put(record('a'))
  useStored().put(record('c'))
  expect(useStored('bob').all()).toEqual([])
  expect(useStored('ann').all()).toEqual([record('a')])
  expect(useStored().all()).toEqual([record('c')])
})

test('no more than 200 are kept', () => {
  const stored = useStored()
  for (let i = 0; i < 205; i++) stored.put(record(`k${i}`))
  expect(stored.all()).toHaveLength(200)
  expect(stored.all()[0].key).toBe('k204')
})

test.each(['{', 'null', '{"a":1}', '[null, 5, {"key":7}, {"key":"a"}]'])(
  'what is no record is passed over: %s',
  (text) => {
    localStorage.setItem('imgpl.pictures', text)
    expect(useStored().all()).toEqual([])
  },
)

test('a storage that refuses is done without', () => {
  const refuse = () => {
    throw new Error('SecurityError')
  }
  const stored = useStored(null, { getItem: refuse, setItem: refuse })
  stored.put(record('a'))
  expect(stored.all()).toEqual([])
})
