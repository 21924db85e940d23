/** The cookie that carries a new address from the form that made it to the page that shows it, this once. */
export const MADE_KEY = 'made-feed-key'
