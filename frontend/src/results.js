// Reading the results of a picture.

import { bytes, list, typeName } from './format.js'

const CLEAR = ['png', 'webp'] // formats of pictures that may be transparent

/** The rendition of that name, else the first, else undefined. */
export function renditionNamed(results, name) {
  const renditions = results.renditions ?? []
  return renditions.find((rendition) => rendition.name === name) ?? renditions[0]
}

/** All renditions as a srcset, or null if not all sizes are known. URLs have no spaces, and no comma at an end. */
export function sourceSet(results) {
  const renditions = results.renditions ?? []
  if (!renditions.every(({ width }) => width > 0)) return null
  return renditions.map(({ url, width }) => `${url} ${width}w`).join(', ')
}

/** "1024 × 768", or '' if that isn't known. */
export function dimensions(image) {
  return image?.width && image?.height ? `${image.width} × ${image.height}` : ''
}

/** What is known of an image, as "JPEG, 1024 × 768, 88 KB". */
export function facts(image) {
  const known = [image.format && typeName(image.format), dimensions(image)]
  if (image.bytes > 0) known.push(bytes(image.bytes))
  return known.filter(Boolean).join(', ')
}

/** Whether something may show through a rendition. */
export function mayBeClear({ format }) {
  return CLEAR.includes(format)
}

/** Labels, what says most first: a kind before what it is a kind of. */
export function specificFirst(labels) {
  const general = new Set(labels.flatMap(({ parents }) => parents ?? []))
  const isGeneral = ({ name }) => general.has(name)
  return [...labels.filter((label) => !isGeneral(label)), ...labels.filter(isGeneral)]
}

/** What there is to say of a picture to whoever can't see it. */
export function describe(item) {
  const names = (item.results.labels ?? []).map(({ name }) => name)
  return names.length > 0 ? `${item.name}: ${list(names)}` : item.name
}

/** How many pictures have each label, as `[name, count]`, the most frequent first. */
export function countLabels(items) {
  const counts = new Map()
  for (const { results } of items)
    for (const { name } of results?.labels ?? []) counts.set(name, (counts.get(name) ?? 0) + 1)
  return [...counts].sort(([a, many], [b, more]) => more - many || a.localeCompare(b))
}

/** Whether a picture has all of the labels. */
export function hasLabels(item, names) {
  return names.every((name) => item.results?.labels?.some((label) => label.name === name))
}
