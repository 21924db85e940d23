// Kept on the process, not the module: Next bundles this file beside the copy that the web process itself loads.
const held = globalThis as typeof globalThis & { backplaneFaults?: number }

/** Notes that something of a page could not be made. The page says so, with 200, to whoever asked: it is not to be kept for others. */
export function noteFault(): void {
  held.backplaneFaults = faults() + 1
}

/** How often that happened in this process. */
export function faults(): number {
  return held.backplaneFaults ?? 0
}
