import { writeCarStream } from '@atcute/car'
import { encode, toBytes } from '@atcute/cbor'
import { CODEC_DCBOR, create, toCidLink } from '@atcute/cid'

/**
 * A repository of Bluesky as its export gives it (https://atproto.com/specs/repository): a commit, one node of the tree, and
 * the records, by `collection/rkey`. Its signature is none.
 */
export async function repositoryOf(did: string, records: { [path: string]: object }): Promise<Buffer> {
  const block = async (value: object) => {
    const data = encode(value)
    return { cid: await create(CODEC_DCBOR, data), data }
  }
  const stored = await Promise.all(
    Object.entries(records)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(async ([path, record]) => ({ path, ...(await block(record)) })),
  )
  const entries = stored.map(({ path, cid }, index) => {
    // Each key leaves out what it has in common with the one before.
    const before = stored[index - 1]?.path ?? ''
    const shared = [...path].findIndex((letter, at) => letter !== before[at])
    return { p: shared, k: toBytes(Buffer.from(path.slice(shared))), v: toCidLink(cid), t: null }
  })
  const node = await block({ l: null, e: entries })
  const sig = toBytes(Buffer.alloc(64))
  const commit = await block({ version: 3, did, data: toCidLink(node.cid), rev: '3l3qo2vuowo2b', prev: null, sig })
  const blocks = [commit, node, ...stored].map(({ cid, data }) => ({ cid: cid.bytes, data }))
  const chunks = []
  for await (const chunk of writeCarStream([toCidLink(commit.cid)], blocks)) chunks.push(chunk)
  return Buffer.concat(chunks)
}
