import type { IncomingMessage } from 'node:http'

/** Whether an answer in this encoding is wanted (https://www.rfc-editor.org/rfc/rfc9110#field.accept-encoding). */
export function takes(request: IncomingMessage, encoding: string): boolean {
  const accepted = String(request.headers['accept-encoding'] ?? '').split(',')
  return accepted.some((one) => {
    const [name, quality] = one
      .trim()
      .toLowerCase()
      .split(/\s*;\s*q=/)
    return name === encoding && Number(quality ?? 1) > 0
  })
}
