import { statfsSync } from 'node:fs'

// The magic numbers of statfs(2) and of linux/magic.h; those of Lustre, GPFS and BeeGFS from their own headers.
const NAMES = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB'],
  [0x65735546, 'FUSE'],
  [0x01021997, '9P'],
  [0x5346414f, 'AFS'],
  [0x6b414653, 'AFS'],
  [0x73757245, 'Coda'],
  [0x00c36400, 'CephFS'],
  [0x0bd00bd0, 'Lustre'],
  [0x47504653, 'GPFS'],
  [0x19830326, 'BeeGFS'],
  [0x20030528, 'OrangeFS'],
  [0xaad7aaea, 'PanFS'],
  [0x01161970, 'GFS2'],
])

/**
 * The name of the network file system that `folder` is on, or null on a local one. A database there can be opened by two
 * machines at once and loses what a server says it wrote. Known on Linux only: other systems number theirs otherwise.
 */
export function networkFileSystem(folder: string, type = process.platform === 'linux' ? statfsSync(folder).type : 0): string | null {
  // Some kernels hand the number out with its sign extended.
  return NAMES.get(Number(BigInt.asUintN(32, BigInt(type)))) ?? null
}
