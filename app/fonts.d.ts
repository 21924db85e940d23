/** A font that the bundler hands out under an address of its own. */
declare module '*.woff2' {
  const href: string
  export default href
}
