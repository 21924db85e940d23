import { connectors } from '#connectors/registry'

/**
 * Colour (`--c`) and mark (`--glyph`) of every platform, for whatever carries `data-platform`. A mark drawn by style
 * costs a post no element, and it is in the page once, not once a post. The build puts it in the place of `platforms.css`
 * (`next.config.js`), so that it comes with the other styles, none of which names a platform.
 */
export const platformStyle = [
  // By name, for charts.
  `:root{${connectors.map(({ id, color }) => `--platform-${id}:light-dark(${color.light},${color.dark})`).join(';')}}`,
  ...connectors.map(({ id, mark }) => `[data-platform="${id}"]{--c:var(--platform-${id});--glyph:url("${drawing(mark)}")}`),
  // A post of a network that is handed in carries both.
  ...connectors.flatMap(({ submitted }) =>
    (submitted?.networks ?? []).map(
      ({ id, color, mark }) => `[data-network="${id}"]{--c:light-dark(${color.light},${color.dark});--glyph:url("${drawing(mark)}")}`,
    ),
  ),
].join('\n')

function drawing({ path, stroked }: { path: string; stroked?: boolean }): string {
  const paint = stroked ? 'fill="none" stroke="#000" stroke-width="2.4" stroke-linecap="round" stroke-linejoin="round"' : 'fill="#000"'
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><path ${paint} d="${path}"/></svg>`
  return `data:image/svg+xml,${encodeURIComponent(svg).replaceAll("'", '%27')}`
}
