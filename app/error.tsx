'use client'

import { Unreadable } from './unreadable.tsx'

/** For what no page foresaw. Next asks for a client component here; without JavaScript this page is blank. */
export default function ErrorPage() {
  return <Unreadable />
}
