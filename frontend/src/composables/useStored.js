// What is remembered of pictures over a reload: their keys, and what the file was called.

const PREFIX = 'imgpl.pictures'
const MOST = 200

function isRecord(record) {
  return (
    typeof record?.key === 'string' &&
    typeof record.name === 'string' &&
    typeof record.size === 'number' &&
    typeof record.storedAt === 'number'
  )
}

/**
 * Records `{key, name, size, …}`, the latest first, in `storage`; those of each `owner`, if there is one, apart.
 * Another tab may write there too, so nothing is kept in between. A storage that refuses is done without.
 */
export function useStored(owner = null, storage = window.localStorage) {
  const place = owner === null ? PREFIX : `${PREFIX}.${owner}`

  function all() {
    try {
      const records = JSON.parse(storage.getItem(place))
      return Array.isArray(records) ? records.filter(isRecord) : []
    } catch {
      return []
    }
  }

  function write(records) {
    try {
      storage.setItem(place, JSON.stringify(records.slice(0, MOST)))
    } catch {
      // Full or forbidden: the page works on, and forgets.
    }
  }

  /** Add a record, or replace the one with its key where that is. */
  function put(record) {
    const records = all()
    const index = records.findIndex(({ key }) => key === record.key)
    if (index < 0) records.unshift(record)
    else records[index] = record
    write(records)
  }

  function drop(key) {
    write(all().filter((record) => record.key !== key))
  }

  return { all, put, drop }
}
