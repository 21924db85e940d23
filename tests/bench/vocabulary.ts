/** As often as words are in what people say: the nth of them once in n, roughly. */
const WORDS = 30_000
const COMMON = ['slurm', 'node', 'job', 'queue', 'lustre', 'cluster', 'gpu', 'storage', 'fabric', 'driver']
/** Words of a post, on average. */
const WORDS_A_POST = 34
/** In one post of so many, about. */
const RARE_EVERY = 200_000

/** As many different words as people use, few of them very often. `marks` are words of which is known who says them. */
export function vocabulary(random: () => number) {
  const one = () => wordOfRank(Math.floor(Math.exp(random() * Math.log(WORDS))))
  return {
    sentence: (count: number) => Array.from({ length: Math.floor(count) }, one).join(' '),
    /** `zanzibar` five times in a million posts; `oldtimer` in each fiftieth of the first tenth of all, and never since. */
    marks: (id: number, early: boolean) => [
      ...(random() < 1 / RARE_EVERY || id === 99 ? ['zanzibar'] : []),
      ...(early && id % 50 === 0 ? ['oldtimer'] : []),
    ],
  }
}

/** A word that about one post in so many has: of this vocabulary the nth is met once in 10.3 n words. */
export function wordOfOneIn(posts: number): string {
  return wordOfRank(Math.round((WORDS_A_POST * posts) / Math.log(WORDS)))
}

/** What a person of that number is called. */
export function nameOf(number: number): string {
  return [number % 1999, number % 877]
    .map((rank) => wordOfRank(rank + 100))
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join(' ')
}

function wordOfRank(rank: number): string {
  return COMMON[rank - 1] ?? `w${rank.toString(36).replace(/\d/g, (digit) => 'qxzvjkywpb'[Number(digit)] ?? '')}a`
}
