import type { PlotOptions } from '@observablehq/plot'

/**
 * Draws with Observable Plot (https://observablehq.com/plot) on the server: an SVG as text. `options` is given the library,
 * which is loaded by the first who asks for a chart: most days nobody does, and it takes memory. What is in a chart is no
 * stop of the tab key: the table beside it says the same.
 */
export async function drawPlot(options: (Plot: typeof import('@observablehq/plot')) => PlotOptions): Promise<string> {
  const [Plot, { parseHTML }] = await Promise.all([import('@observablehq/plot'), import('linkedom')])
  const { document } = parseHTML('<!doctype html><html><body></body></html>')
  const chart = Plot.plot({ document: document as unknown as Document, className: 'chart', ...options(Plot) })
  // Its own style sheet would need to be let in by the policy: ours says the same.
  chart.querySelector('style')?.remove()
  for (const link of chart.querySelectorAll('a')) link.setAttribute('tabindex', '-1')
  return chart.outerHTML
}
