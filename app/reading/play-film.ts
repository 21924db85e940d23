type FetchHls = () => Promise<typeof import('hls.js')>

/**
 * Plays a film in the place of its still, once it is asked for. Film in parts (HLS) is played by the browser where it
 * can, else by hls.js, which is fetched (`fetchHls`) at the first such film; where neither may fetch the parts, the link leads to
 * where the film was posted.
 */
export function playFilms(root: Document, fetchHls: FetchHls): void {
  labelFilms(root)
  root.addEventListener('click', (event) => {
    if (event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return
    const link = event.target instanceof Element ? event.target.closest<HTMLAnchorElement>('a.film[data-film]') : null
    const { film = '', kind = '' } = link?.dataset ?? {}
    if (!link || !film) return
    const streamed = kind.includes('streamed')
    const native = document.createElement('video').canPlayType('application/vnd.apple.mpegurl') !== ''
    // A script may fetch from us alone.
    if (streamed && !native && !film.startsWith('/')) return
    event.preventDefault()
    const video = videoFor(link, kind.includes('loop'))
    link.replaceWith(video)
    video.focus()
    void (streamed && !native ? playParts(video, film, fetchHls) : playWhole(video, film))
  })
}

/** What the link does now that there is somebody who plays it. Films that come in later say where they lead, and play all the same. */
function labelFilms(root: Document): void {
  for (const label of root.querySelectorAll<HTMLElement>('a.film[data-film^="/"] [data-play]')) label.textContent = label.dataset.play ?? ''
}

function videoFor(link: HTMLAnchorElement, loop: boolean): HTMLVideoElement {
  const still = link.querySelector('img')
  const video = document.createElement('video')
  Object.assign(video, { controls: true, playsInline: true, loop, muted: loop, preload: 'auto', tabIndex: 0 })
  if (still) {
    Object.assign(video, { poster: still.currentSrc || still.src, width: still.width, height: still.height })
    if (still.classList.contains('unsized')) video.className = 'unsized'
  }
  const said = still?.alt || link.getAttribute('aria-label')
  if (said) video.setAttribute('aria-label', said)
  const words = (link.dataset.captions ?? '').split(' ').filter(Boolean)
  for (let index = 0; index + 1 < words.length; index += 2) {
    const track = document.createElement('track')
    Object.assign(track, { kind: 'captions', srclang: words[index], label: words[index], src: words[index + 1] })
    video.append(track)
  }
  return video
}

async function playWhole(video: HTMLVideoElement, film: string): Promise<void> {
  video.src = film
  await video.play().catch(() => {})
}

async function playParts(video: HTMLVideoElement, film: string, fetchHls: FetchHls): Promise<void> {
  const { default: Hls } = await fetchHls()
  // A worker would be made of a blob, which the policy of our pages does not let run.
  const player = new Hls({ enableWorker: false, capLevelToPlayerSize: true })
  player.loadSource(film)
  player.attachMedia(video)
  await video.play().catch(() => {})
}
