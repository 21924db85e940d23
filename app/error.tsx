'use client'

import { lazy, Suspense } from 'react'

/** Fetched when it is needed: with the frame that it stands in, it would be part of every page otherwise. */
const Unreadable = lazy(() => import('./unreadable.tsx').then((module) => ({ default: module.Unreadable })))

/** For what no page foresaw. Next asks for a client component here; without JavaScript this page is blank. */
export default function ErrorPage() {
  return (
    <Suspense>
      <Unreadable />
    </Suspense>
  )
}
