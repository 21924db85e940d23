/**
 * Every way in which a post looks, by platform, and every row of the timeline that nobody said: what of it a page's HTML
 * shows. The demo has each at least once, so that whoever looks at the demo has seen what the program can draw. Numbered as
 * the list of what a reader must see: a platform's points count from 1, and a point that no post can show says why.
 * Long, because it is a table.
 */
export type Kind = { kind: string; on: string; point: number; html: RegExp }

type Points = { [point: number]: { [kind: string]: RegExp } | string }

const points: { [platform: string]: Points } = {
  /* 1.1 */
  bluesky: {
    1: {
      'a verified person': /class="handle"[^>]*>[^<]*verified/,
      pronouns: /class="handle"[^>]*>[^<]*she\/her/,
      'a bot': /class="handle"[^>]*>[^<]*· bot/,
      'a handle that is lost': /class="handle"[^>]*>did:/,
      'a trusted verifier': /class="handle"[^>]*>[^<]*trusted verifier/,
      'somebody who was live then': /class="handle"[^>]*>[^<]*live at the time/,
    },
    2: {
      'a mention': /<a href="[^"]*profile\/did[^>]*>@/,
      'a link whose whole address shows on hover': /<a href="[^"]*" title="https/,
      'a hashtag that leads to what is here of it': /class="text"[^>]*>.*<a href="\/\?tag=mpi"[^>]*>#MPI/s,
    },
    3: {
      'tags beside the text': /<p class="tags"><a [^>]*>#/,
      'text from right to left': /<div class="text" lang="(he|ar)" dir="auto">/,
    },
    4: {
      'an answer with a line of its parent': /Replying to <a [^>]*>[^<]*<\/a>: <bdi>/,
      'an answer to what is gone': /Replying to a post that is unavailable/,
    },
    5: {
      'a repost with the original’s time': /Reposted by .*first said <time/,
    },
    6: {
      'a gallery': /class="media gallery">(<figure>.*){5}/,
      'a picture with its description in sight': /<span class="alt"/,
      'a picture without one': /<figcaption><span>no description/,
      'a film in parts, by its still': /<a class="film"[^>]*data-kind="streamed"[^>]*><img[^>]*loading="lazy"/,
      'a silent loop': /data-kind="(streamed )?loop"/,
      'a link card with reading time': /class="card pictured".*min read/,
      'a card without a picture': /class="card"/,
      'a feed': /<small>Feed · /,
      'a list': /<small>List · /,
      'a labeler': /<small>Labeler · /,
      'a starter pack': /<small>Starter pack · /,
      'a quote with media beside it': /class="media.*<blockquote class="quote"/s,
      'something that cannot be drawn': /<p class="quote">Unsupported [^<]+ — <a/,
      'a card with the dates of its page': /class="card.*published \d+ \w+ · updated \d+ \w+/,
    },
    7: {
      'a quote': /<blockquote class="quote"/,
      'a quote that was not found': /The quoted post was not found/,
      'a quote of who blocks': /from an account that blocks/,
      'a quote that was taken back': /removed it from this quote/,
    },
    8: {
      'a cover that names its label': /<summary dir="auto">[^<]*\(graphic-media\)/,
      'a cover of moderators': /<summary dir="auto">[^<]*\(!warn\)/,
      'members only': /<span class="tag">members only/,
    },
    9: 'the numbers of likes and reposts are not shown',
    10: {
      'a way to the post by DID': /<a href="https:\/\/bsky\.app\/profile\/did:[^"]*\/post\/[^"]*"[^>]*>Open on Bluesky/,
    },
    11: {
      'something imported': /archived or imported, first seen/,
    },
    12: 'what is deleted is not there: tests/peers and tests/integration show that it goes',
  },
  /* 1.2 */
  mastodon: {
    1: {
      'emoji in a name': /class="name"[^>]*><span dir="auto">[^<]*<img class="emoji"/,
      ...Object.fromEntries(
        ['bot', 'group', 'memorial', 'moved', 'limited', 'locked'].map((b) => [
          `a ${b} account`,
          new RegExp(`class="handle"[^>]*>[^<]*· ${b}`),
        ]),
      ),
      'an address with its server': /class="handle"[^>]*>@\w+@[\w.]+/,
    },
    2: {
      code: /<pre>/,
      'a list': /<ul>/,
      'a numbered list': /<ol>/,
      'a quotation': /class="text"[^>]*>.*<blockquote>/,
      'words struck out': /<del>/,
      'a shortened link': /class="ellipsis"/,
      'bold and italic': /<strong>.*<em>|<em>.*<strong>/s,
    },
    3: {
      'a content warning': /<details class="cover"><summary dir="auto">/,
      'covered pictures': /<details class="cover"><summary>\w* ?[Ss]ensitive/,
    },
    4: {
      'a boost': /Boosted by/,
    },
    5: {
      'an answer to oneself': /Continuing/,
      'an answer to somebody': /Replying to <a [^>]*>@|Replying to @/,
    },
    6: {
      'a pending quote': /has not agreed to the quote yet/,
      'a rejected quote': /did not agree/,
      'a revoked quote': /has withdrawn it/,
      'a deleted quote': /quoted post was deleted/,
      'a quote that may not be shown': /may not be shown here/,
      'a quote of who blocks': /account that blocks/,
      'a quote of who is muted': /muted account/,
      'a quote within a quote': /quotes a post that quotes another/,
      'a quote': /<blockquote class="quote"/,
    },
    7: {
      'a film': /<a class="film" [^>]*data-film="[^"]*"(?![^>]*data-kind)/,
      sound: /<audio controls="" preload="none"/,
      'a file': /class="file"/,
      'a silent loop': /data-kind="loop"/,
      'a picture with its description in sight': /<span class="alt"/,
      'a picture without one': /<figcaption><span>no description/,
    },
    8: {
      'an open poll that hides its votes': /several answers allowed · votes not shown · open until/,
      'a closed poll': /Poll · .*closed /,
    },
    9: {
      'a card with authors': / · by /,
      'a film card': /<small>Video · /,
      'a photo card': /class="card pictured"[^>]*href="https:\/\/photos\.example/,
    },
    10: {
      'emoji in a text': /class="text"[^>]*>.*<img class="emoji"/,
      'emoji in a warning': /<summary dir="auto"><span dir="auto">complaining about work <img class="emoji"/,
      'text from right to left': /<div class="text" lang="ar" dir="auto">/,
      'a hashtag that leads to what is here of it': /<a href="\/\?tag=hpc"[^>]*>#<span>HPC/,
      'a language marked': /<div class="text" lang="(de|fr|ja|es|ar)"/,
    },
    11: {
      'an unlisted post': /· <a [^>]*>unlisted/,
    },
    12: {
      'an edit': />edited /,
    },
    13: 'whom one may not show is not there: tests/unit/mastodon.test.ts',
    14: {
      'Threads via fediverse': /Threads via fediverse/,
      'something late': /class="amber">late, first seen/,
    },
    15: 'optional, and hidden',
  },
  /* 1.3 */
  reddit: {
    1: {
      'a flair': /· <a [^>]*>Career/,
      'a flair of an author': /class="handle"[^>]*>[^<]*still on 2019/,
      'a question': /· <a [^>]*>Question/,
    },
    2: {
      'a link with a picture': /class="card pictured"/,
      'a gallery': /class="media gallery"/,
      'a film with its still': /<a class="film"/,
      'a poll': /class="poll"/,
      'a crosspost with its poster': /<blockquote class="quote".*u\/grumpy_scheduler/s,
      'a long text, folded': /<details class="unfold"/,
      'a silent loop': /data-kind="loop"/,
    },
    3: {
      'a moderator’s pinned post': /moderator · .*pinned/,
      'a cover over what is not for work': /<summary dir="auto">NSFW/,
      'a spoiler': /<summary dir="auto">Spoiler/,
      'something locked': /· <a [^>]*>locked/,
      'something edited': />edited /,
      'something archived': /· <a [^>]*>archived/,
      'something quarantined': /· <a [^>]*>quarantined/,
      'an admin’s post': /class="handle"[^>]*>[^<]*Reddit admin/,
    },
    4: {
      'comments counted': /\d comments there/,
      'a number of comments that is not told': /– comments/,
    },
    5: {
      'an account that is gone': /\[deleted\]/,
    },
    6: {
      'links made whole': /<a href="https:\/\/reddit\.example\/r\/HPC\/wiki\/freeze"/,
    },
    7: 'a row of the timeline and of the page of sources, below',
  },
  /* 1.4 */
  slack: {
    1: {
      'members only': /<span class="tag">members only/,
    },
    2: {
      'a thread with answers, people and its last time': /\d+ replies · \d+ people · last /,
      'answers that unfold': /<summary>\d+ more replies/,
      'an answer also sent to its channel': /<small>former member · <a [^>]*>also sent to channel/,
      'an edit': /edited /,
      'something pinned': /pinned/,
      'a bot': /· bot|>bot</,
    },
    3: {
      'answers that are not here': /\d+ replies not loaded/,
    },
    4: {
      'lists within lists': /<ol>.*<ul>/,
      'a code block': /<pre>/,
      'a table': /<table>/,
      'a picture with its description': /<span class="alt"/,
      'something interactive': /Interactive: open in Slack/,
      'a heading': /<h3>On call this week|<h4>On call this week/,
      'a line across': /<hr ?\/?>/,
      'small print': /<small>from the rota, every Monday/,
      'fields of a section': /<li><strong>Pager<\/strong>/,
      'groups and everybody called': /@storage-ops.*@here/s,
      'a date': /<time[^>]*>5 Jan/,
      'a colour, the workspace, underlined': /#c2410c.*@Lamplight HPC.*<u>No exceptions/s,
      'a plan with its tasks': /Moving \/home.*✓ Freeze quotas.*◔ Copy.*☐ Tell/s,
      'cards in a row': /Rack 4.*412 homes.*Rack 5/s,
      'text in Markdown': /as agreed in <a href="https:\/\/lamplight\.example\/home-move"/,
      'a film elsewhere': /<small>Video · Lamplight Films/,
    },
    5: {
      'a bot’s attachment': /<blockquote>/,
      'a snippet': /<pre><code>#!\/bin\/bash/,
      'a file by name, kind and size': /class="file"[^>]*>[^<]*application\/pdf · 1\.8 MB/,
      'a file that was removed': /File removed/,
      'a link card': /class="card/,
      'a message passed on': /<blockquote class="quote".*a request, not a dare/s,
    },
    6: {
      reactions: /<span class="reaction">/,
      'a workspace’s own emoji': /<img class="emoji"/,
    },
    7: {
      'something somebody does': /<div class="said action"/,
      'a bot by its name': /Migration helper|Rota/,
    },
    8: {
      'a former member': /former member/,
      'a relayed nick': /via libera/,
    },
    9: 'links open Slack, where a made-up workspace may be somebody’s: tests/unit/slack-parse.test.ts',
  },
  /* 1.5 */
  irc: {
    1: {
      'a burst with people and times': /people · \d+ messages until/,
      'nicks in their hues': /class="nick hue-\d+"/,
      'more lines that unfold': /<summary>\d+ more messages/,
    },
    2: {
      'an action': /<li[^>]* class="action"/,
      'a notice of a bot': /<li[^>]* class="notice".*<small>bot<\/small>/,
      'a change of topic': /changed the topic: /,
    },
    3: {
      'a link in a line': /<li[^>]*>(?:(?!<\/li>).)*<a href="https:\/\/docs/,
      'bold, italic and typewriter letters': /<b>only<\/b>.*<i>fine<\/i>/,
      'underlined, struck out and reversed': /<u>anybody<\/u>.*<s>friend<\/s>/,
    },
    4: {
      'a way from a line to the one that it answers': /class="answers" href="#l\d+" aria-label="answers \w+ at/,
      'lines of one person in a row, named once': /vellum.*?ashlar: the friend says thank you.*?<li id="l\d+"><a[^>]*>\d\d:\d\d<\/a><div>/s,
    },
    5: {
      'the time to the second': /<a class="at"[^>]*title="\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/,
    },
    6: {
      'a correction as it was written': /s\/red\/amber\//,
    },
    7: {
      'how one is left out': /how to be left out/,
    },
    8: {
      'what was recovered after a disconnection': /<small>recovered<\/small>/,
    },
    9: {
      'an address of our own for each line': /<a class="at" href="\/p\/\d+#l\d+"/,
    },
    10: {
      'somebody behind a relay': /<b[^>]*title="Tevita Lauaki, via slack".*<small>via slack<\/small>/s,
    },
    11: 'a row of the timeline, below',
  },
  /* 1.6 */
  links: {
    1: {
      'a post of LinkedIn, with its own mark': /data-network="linkedin".*Submitted by .*first said <time.*, as stated.*Open on LinkedIn/s,
      'a paper or talk': /class="card".*talks\.example/s,
      'what the one who handed it in says of it': /Lennart: “/,
      'that nothing of it is fetched': /not fetched: replies and changes are not known/,
    },
    2: {
      'a post of X by its account': /data-network="x".*@queue_weather.*Open on X/s,
    },
    3: {
      'a post of Threads': /data-network="threads".*Open on Threads/s,
    },
  },
  /* 1.7 */
  feed: {
    1: {
      'a personal blog': /· personal|>personal/,
      'a community blog': /community</,
      'a commercial blog': /commercial</,
      'a title': /<h3/,
      'an undated item': /undated, first seen/,
      'an updated item': />edited /,
      'a podcast with its length': /<audio.*class="length">/,
      'a file to download': /class="file"/,
      'a picture with its description': /<span class="alt"/,
      code: /<pre>/,
      tags: /<p class="tags"><a [^>]*>#/,
      'comments counted': / there<\/span>/,
    },
  },
}

/** How many points the list has for each. */
export const pointsOf: { [platform: string]: number } = { bluesky: 12, mastodon: 15, reddit: 7, slack: 9, irc: 11, links: 3, feed: 1 }

export const kinds: Kind[] = Object.entries(points).flatMap(([on, ofPlatform]) =>
  Object.entries(ofPlatform).flatMap(([point, shown]) =>
    typeof shown === 'string' ? [] : Object.entries(shown).map(([kind, html]) => ({ kind, on, point: Number(point), html })),
  ),
)

/** Points that no post of the demo can show, with the reason. */
export const pointsWithout = Object.entries(points).flatMap(([on, ofPlatform]) =>
  Object.entries(ofPlatform).flatMap(([point, why]) => (typeof why === 'string' ? [{ on, point: Number(point), why }] : [])),
)

/* 1.8 */
/** Rows between the posts, of what the server tells. */
export const rows: { [row: string]: RegExp } = {
  'a day with its number of posts': /<h2[^>]*>.*?\d+ posts?/s,
  'a gap with its reason': /class="gap"[^>]*><span><b>Gap on [^<]*<\/b>/,
  'a source that is not answering': /class="gap"[^>]*>.*?tried \d+ times/s,
  'a source that broke down': /class="gap"[^>]*>.*?could not be read for a day/s,
  'a source that is read again': /class="gap"[^>]*>.*?can be read again, after/s,
  'consent that was given': /class="note"[^>]*>Consent changed: [^<]* agreed/,
  'consent that was withdrawn': /class="note"[^>]*>Consent changed: [^<]* withdrew/,
  'a quiet day of a channel that was heard': /class="note"[^>]*>Nothing was said on [^<]*; we heard all of that day/,
  'where hearing began': /class="note"[^>]*>We started logging/,
  'the place of a line that was taken back': /<li[^>]* class="removed"/,
  'the place of an answer that was taken back': /<p[^>]* class="removed"/,
  'copies folded into one entry': /class="copies/,
  'what a post answers, one fold away': /<details class="earlier"/,
}
