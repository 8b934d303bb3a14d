// URLs to upload with. They hold for some minutes only, so they are asked for just before they are used: in one
// request for all that start now, and for some of those that come next.

import { mayPass } from '../retry.js'

const SIGNED_AT_ONCE = 6
const MARGIN_MS = 30_000 // a URL that holds for less is asked for again

/** Whether a grant, `{uploadUrl, key, headers, expiresAt}`, can be used. */
function holds(grant) {
  return grant !== null && Date.parse(grant.expiresAt) - Date.now() > MARGIN_MS
}

/**
 * `signUploads(items)` asks the server, and `whenKnown` tells its limits. `queue()` is the items whose turn is to
 * come, the next one in front.
 */
export function useGrants({ signUploads, whenKnown, queue }) {
  const askedFor = new Map() // by an item's id: the request for its URL
  let batch = null // the request that is about to be made: `{items, made}`

  /** See to it that an item has a URL that holds. */
  async function sign(item) {
    if (!holds(item.grant) && askedFor.has(item.id)) await askedFor.get(item.id).catch(() => {})
    if (holds(item.grant)) return
    item.grant = null
    batch ??= { items: [], made: Promise.resolve().then(askForBatch) }
    const mine = batch
    mine.items.push(item)
    try {
      await mine.made
    } catch (error) {
      if (mayPass(error.status) || mine.items.length === 1) throw error
      await ask([item]) // one that is refused is not to take others with it
    }
  }

  /** Ask for URLs of all that want one now, and of the next. */
  async function askForBatch() {
    const { items: wanting } = batch
    const { maxFiles } = await whenKnown()
    batch = null
    const next = queue().filter(({ id, grant }) => !holds(grant) && !askedFor.has(id))
    const room = Math.max(0, Math.min(SIGNED_AT_ONCE, maxFiles) - wanting.length)
    wanting.push(...next.slice(0, room))
    await ask(wanting)
  }

  async function ask(wanting) {
    const asked = signUploads(wanting)
    for (const { id } of wanting) askedFor.set(id, asked)
    try {
      const grants = await asked
      wanting.forEach((item, index) => (item.grant = grants[index]))
    } finally {
      for (const { id } of wanting) askedFor.delete(id)
    }
  }

  return { sign }
}
