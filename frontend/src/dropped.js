// The files of what is dropped on the page, those of folders included.

const MOST = 1000 // of one drop

async function read(reader) {
  const entries = []
  for (;;) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject))
    if (some.length === 0) return entries
    entries.push(...some)
  }
}

function fileOf(entry) {
  return new Promise((resolve) => entry.file(resolve, () => resolve(null)))
}

/** Add the pictures below a folder, by name; what else is there was hardly meant. */
async function walk(folder, files) {
  const entries = await read(folder.createReader()).catch(() => [])
  entries.sort((a, b) => a.name.localeCompare(b.name))
  for (const entry of entries) {
    if (files.length >= MOST) return
    if (entry.isDirectory) await walk(entry, files)
    else await add(entry, files)
  }
}

async function add(entry, files) {
  const file = entry.name.startsWith('.') ? null : await fileOf(entry)
  if (file?.type.startsWith('image/')) files.push(file)
}

/** Resolve with the files of a drop. What is asked of `transfer` is asked at once, since it is empty later. */
export async function filesOf(transfer) {
  const entries = [...(transfer.items ?? [])].map((item) => item.webkitGetAsEntry?.())
  const files = [...transfer.files]
  const folders = entries.filter((entry) => entry?.isDirectory)
  if (folders.length === 0) return files
  const chosen = files.filter(({ name }) => !folders.some((folder) => folder.name === name))
  for (const folder of folders) await walk(folder, chosen)
  return chosen.slice(0, MOST)
}
