import type { SafeHtml } from '#db/post'

/** The one place where HTML enters a page as it is. It takes nothing but what the sanitiser made. */
export function Html({ html, as: Tag = 'div', ...attributes }: { html: SafeHtml; as?: 'div' | 'span'; className?: string; lang?: string }) {
  return <Tag {...attributes} dir="auto" dangerouslySetInnerHTML={{ __html: html }} />
}
