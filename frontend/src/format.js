// Numbers as people read them.

const UNITS = ['B', 'KB', 'MB', 'GB']

/** `3201234` as "3.2 MB": powers of 1000, two digits where there is a fraction. */
export function bytes(count) {
  let unit = 0
  let value = count
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000
    unit += 1
  }
  const digits = unit > 0 && value < 9.95 ? 1 : 0
  return `${value.toFixed(digits)} ${UNITS[unit]}`
}

/** Seconds as "8 s", "3 min" or "2 h". */
export function seconds(count) {
  const whole = Math.max(0, Math.ceil(count))
  if (whole < 90) return `${whole} s`
  if (whole < 5400) return `${Math.round(whole / 60)} min`
  return `${Math.round(whole / 3600)} h`
}

/** "1 picture", "2 pictures". */
export function plural(count, one, many = `${one}s`) {
  return `${count} ${count === 1 ? one : many}`
}

/** Words as "a, b and c". */
export function list(words, last = 'and') {
  if (words.length < 2) return words.join('')
  return `${words.slice(0, -1).join(', ')} ${last} ${words.at(-1)}`
}

/** A picture's type as people call it: "JPEG", "PNG", "WebP". */
export function typeName(contentType) {
  const name = contentType.replace(/^image\//, '')
  return name === 'webp' ? 'WebP' : name.toUpperCase()
}
