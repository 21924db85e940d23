type Reason = { of: RegExp; because: string }

/** Why targets were missed when that was last looked into, as profiled; told beneath the figures of a run that misses them. */
const reasons: Reason[] = [
  {
    of: /^timeline SQL, (three platforms|starred)|all of these|slower than 0\.5 ms/,
    because:
      'Timeline, several lanes of one kind: warm, the server takes 0.2 to 0.35 ms, and driver and process 0.2 ms more (an absent tag shows that). Postgres plans a statement five times on each of ten connections before it keeps the plan, which takes 0.5 ms the first times; a case asked 26 times meets that often.',
  },
  {
    of: /pairs of filters|all of these/,
    because:
      'Timeline, two filters: half of the pairs take 0.25 ms in the process and 0.4 ms in Postgres. The slowest are kinds that hardly meet, such as three platforms and a source of another: that nothing more fits is known only when both lists were compared, 80,000 against 228,000 entries within an inverted index, 10 ms. Lanes for what was told on several platforms would answer these from a few thousand entries.',
  },
  {
    of: /^page 1.*(HTML|not kept)/,
    because:
      'A page that is made anew: of the processor’s time in the web process, drawing the entries is a fifth, Next’s two passes and its sending a quarter, driver and mapping of rows an eighth, handing eleven questions to Postgres an eighth, packing with brotli a twentieth, and collecting garbage 6 %; Postgres takes 4 ms beside it. With ten connections both processors are busy: 110 a second would need 18 ms for all of it. React alone takes no more than a fifth, so that keeping drawn entries would not reach it; what everybody is shown alike is kept whole (a community’s next line).',
  },
  {
    of: /^page 1 of a community, kept/,
    because:
      'Kept pages: an answer takes 0.076 ms of the web process, so that one processor gives 13,000 a second; who asks takes the other, and whatever else runs takes from both. Alone on the machine the same was 10,344/s in the morning of 2026-11-23.',
  },
  {
    of: /JSON, not kept/,
    because:
      'A page as JSON: Next’s handling of a request is a fifth of its processor’s time, packing 100 KB with brotli less than a tenth, writing to sockets (four questions to Postgres, one answer) a seventh, driver and mapping of fifty rows of fifty columns a seventh, garbage 7 %.',
  },
  {
    of: /^feeds over HTTP/,
    because:
      'Feeds: worker and Postgres keep both processors busy for 1.1 ms an item, and one thread reads, sanitises and prepares. Of the worker’s time loading its modules is 16 % (before the first request), preparing inserts 15 %, garbage 13 %, reading documents 10 %, parsing entries 10 %, sockets 7 %; a call of the sanitiser costs 35 µs before it reads anything. Postgres has 7.4 keys of copies an item where ingest has 5.3, each looked up twice, six lanes, and indexes words on the same processors meanwhile.',
  },
  {
    of: /^import of an export of Slack/,
    because:
      'Slack’s export: one process validates (zod), reads rich text and prepares rows, garbage is 19 % of it; most messages make entries of their own, so that there are three times as many rows of lanes as of a log of IRC.',
  },
  {
    of: /^ingest, /,
    because:
      'Ingest: two thirds of a post’s time are Postgres: rows and indexes of posts, entries, lanes and keys of copies, and looking for copies.',
  },
  {
    of: /largest contentful paint|blocking time|mobile, performance/,
    because:
      'First view: its first frame (style, layout and paint, 40 to 50 ms) and Next’s boot (40 ms) are close to the 50 ms from which a task blocks, so that anything else that runs on two processors counts; summed by processor time, blocking is under 5 ms. Laying out half as many entries at first changes nothing. On a phone (four times slower) Next’s boot takes 180 ms, and each step in which later entries are laid out 80 to 150 ms.',
  },
]

/** The reasons for these missed lines, each once. */
export function whyMissed(missed: string[]): string[] {
  return reasons.filter(({ of }) => missed.some((what) => of.test(what))).map(({ because }) => because)
}
