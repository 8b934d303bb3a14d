// Small pictures of files that were chosen, made one at a time: 50 photographs decoded at once take gigabytes.

const SIDE = 480

/** Draw a file small; resolve with a URL of that, or null if the browser can't. */
async function draw(file) {
  let bitmap = null
  try {
    bitmap = await createImageBitmap(file)
    const { width, height } = bitmap
    const scale = Math.min(1, SIDE / Math.max(width, height))
    const canvas = document.createElement('canvas')
    canvas.width = Math.max(1, Math.round(width * scale))
    canvas.height = Math.max(1, Math.round(height * scale))
    canvas.getContext('2d').drawImage(bitmap, 0, 0, canvas.width, canvas.height)
    const small = await new Promise((done) => canvas.toBlob(done, 'image/webp', 0.8))
    return small && URL.createObjectURL(small)
  } catch {
    return null
  } finally {
    bitmap?.close()
  }
}

/** `preview(item, file)` gives an item the URL of its small picture, once those asked for before are made. */
export function usePreviews() {
  let last = Promise.resolve()

  async function make(item, file) {
    if (item.removed) return
    const url = await draw(file)
    if (item.removed && url) URL.revokeObjectURL(url)
    else item.preview = url
  }

  function preview(item, file) {
    last = last.then(() => make(item, file))
    return last
  }

  return { preview }
}
