// Saving a rendition under its picture's name. The server's own name for it is the key, and comes before
// what a link's `download` says, so it takes a detour.

const SUFFIX = { jpeg: 'jpg' }

/** What a rendition of a file is to be called: "cat.jpg" makes "cat-main.jpg". */
export function downloadName(name, rendition) {
  const stem = name.replace(/\.[^.]*$/, '') || name
  return `${stem}-${rendition.name}.${SUFFIX[rendition.format] ?? rendition.format}`
}

/**
 * Save what a URL has. Resolves with whether the URL holds; where the page may not read it, which is so for
 * another origin's that doesn't allow it, the browser saves it by the server's name.
 */
export async function download(url, name) {
  let response
  try {
    response = await fetch(url)
  } catch {
    window.location.assign(url) // it comes as an attachment, and the page stays
    return true
  }
  if (!response.ok) return false
  const link = document.createElement('a')
  link.href = URL.createObjectURL(await response.blob())
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
  return true
}
