// Ten files to upload: photographs, one of them of each format, one that a phone holds on its side, and a text.

import { execFileSync } from 'node:child_process'
import { copyFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { top } from './stack.mjs'

const PHOTOGRAPHS = [
  'dog-and-bicycle.jpg',
  'squirrel-on-branch.jpg',
  'calm-lake.jpg',
  'ladybird-on-stem.jpg',
  'double-decker-bus.jpg',
  'wild-flower-meadow.png',
]

/** Make them in a folder; return their paths. A part of what they are is random, so that no two tests have the same. */
export function makePictures(folder) {
  const at = (name) => join(folder, name)
  for (const name of PHOTOGRAPHS) copyFileSync(join(top, 'build/label-photos', name), at(name))
  execFileSync('convert', [at('calm-lake.jpg'), '-flop', at('lake-flopped.webp')])
  // Red is up, blue is down; stored on its side, as a phone's sensor has it.
  execFileSync('convert', [
    '-size',
    '900x600',
    'gradient:red-blue',
    '-resize',
    '900x1200!',
    at('phone.jpg'),
  ])
  execFileSync('mogrify', ['-rotate', '270', '-quality', '92', at('phone.jpg')])
  execFileSync('exiftool', ['-q', '-overwrite_original', '-Orientation#=6', at('phone.jpg')])
  // Noise, so that it has bytes enough to be seen on its way.
  execFileSync('convert', ['-size', '1600x1200', 'plasma:', '-quality', '100', at('large.jpg')])
  writeFileSync(at('notes.jpg'), 'This only calls itself a picture.\n')
  const others = ['lake-flopped.webp', 'phone.jpg', 'large.jpg', 'notes.jpg']
  return [...PHOTOGRAPHS, ...others].map(at)
}

/** Make a small drawing of that name in a folder, another one each time; return its path. */
export function makeDrawing(folder, name) {
  const path = join(folder, name)
  execFileSync('convert', ['-size', '320x240', 'plasma:', path])
  return path
}
