import { expect, test } from 'vitest'

import { filesOf } from './dropped.js'

function file(name, type = 'image/jpeg') {
  const it = new File(['x'], name, { type })
  return { name, it, isDirectory: false, file: (resolve) => resolve(it) }
}

/** A folder as the browser shows it: some entries at a time, until none come. */
function folder(name, entries) {
  const createReader = () => {
    const parts = [entries.slice(0, 2), entries.slice(2)].filter(({ length }) => length > 0)
    return { readEntries: (resolve) => resolve(parts.shift() ?? []) }
  }
  return { name, isDirectory: true, createReader }
}

function drop(...entries) {
  return {
    files: entries.map((entry) => entry.it ?? new File([], entry.name)),
    items: entries.map((entry) => ({ webkitGetAsEntry: () => entry })),
  }
}

async function names(transfer) {
  return (await filesOf(transfer)).map(({ name }) => name)
}

test('files are what they are, whatever they are', async () => {
  expect(await names(drop(file('b.jpg'), file('a.txt', 'text/plain')))).toEqual(['b.jpg', 'a.txt'])
  expect(await names({ files: [new File([], 'c.jpg')] })).toEqual(['c.jpg'])
})

test('folders are the pictures below them, by name', async () => {
  const inner = folder('inner', [file('z.png', 'image/png')])
  const outer = folder('outer', [
    file('c.jpg'),
    file('notes.txt', 'text/plain'),
    file('.hidden.jpg'),
    inner,
    file('b.jpg'),
  ])
  expect(await names(drop(file('first.jpg'), outer))).toEqual([
    'first.jpg',
    'b.jpg',
    'c.jpg',
    'z.png',
  ])
})

test('a folder that cannot be read is as one that is empty', async () => {
  const refusing = { readEntries: (resolve, reject) => reject(new Error('no')) }
  const closed = { name: 'closed', isDirectory: true, createReader: () => refusing }
  expect(await names(drop(file('a.jpg'), closed))).toEqual(['a.jpg'])
})

test('no more than a thousand are taken at once', async () => {
  const many = Array.from({ length: 1200 }, (_, index) => file(`${index}.jpg`))
  expect(await names(drop(folder('many', many)))).toHaveLength(1000)
})
