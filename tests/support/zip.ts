import { crc32, deflateRawSync } from 'node:zlib'

export type Packed = { name: string; data: Buffer /** A false size, where a test wants one. */; declared?: number }

/** A zip as its format says (APPNOTE 6.3.9), which may lie about the sizes in it. */
export function zipOf(entries: Packed[]): Buffer {
  const parts: Buffer[] = []
  const central: Buffer[] = []
  let offset = 0
  for (const { name, data, declared = data.length } of entries) {
    const packed = deflateRawSync(data)
    const title = Buffer.from(name)
    const head = Buffer.alloc(30)
    head.writeUInt32LE(0x04034b50, 0)
    const common = Buffer.alloc(26)
    common.writeUInt16LE(20, 0)
    common.writeUInt16LE(8, 4)
    common.writeUInt32LE(crc32(data), 10)
    common.writeUInt32LE(packed.length, 14)
    common.writeUInt32LE(declared, 18)
    common.writeUInt16LE(title.length, 22)
    common.copy(head, 4)
    const record = Buffer.alloc(46)
    record.writeUInt32LE(0x02014b50, 0)
    record.writeUInt16LE(20, 4)
    common.copy(record, 6)
    record.writeUInt32LE(offset, 42)
    parts.push(head, title, packed)
    central.push(record, title)
    offset += head.length + title.length + packed.length
  }
  const directory = Buffer.concat(central)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(entries.length, 8)
  end.writeUInt16LE(entries.length, 10)
  end.writeUInt32LE(directory.length, 12)
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([...parts, directory, end])
}

/** Files of JSON, by name, as a zip takes them. */
export function packed(content: object): Packed[] {
  return Object.entries(content).map(([name, json]) => ({ name, data: Buffer.from(JSON.stringify(json)) }))
}
