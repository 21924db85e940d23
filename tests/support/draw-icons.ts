import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { launchChromium } from './chromium.ts'

/**
 * Draws the icons of the installed program from `public/icon.svg`; run by hand when that one changes
 * (`node tests/support/draw-icons.ts`). Maskable ones fill their square, with the mark in the middle that no mask cuts off
 * (https://www.w3.org/TR/appmanifest/#icon-masks).
 */
const ROOT = join(import.meta.dirname, '../..')
const mark = readFileSync(join(ROOT, 'public/icon.svg'), 'utf8').replace(/<style>.*?<\/style>/, '')

const looks = [
  { name: 'any', share: 0.88, paper: 'none', ink: '#0b6b57' },
  { name: 'maskable', share: 0.52, paper: '#0b6b57', ink: '#ffffff' },
]

const browser = await launchChromium()
for (const { name, share, paper, ink } of looks)
  for (const size of [192, 512]) {
    const page = await browser.newPage({ viewport: { width: size, height: size } })
    await page.setContent(
      `<style>body{margin:0;display:grid;place-items:center;height:100vh;background:${paper}}svg{width:${share * 100}%;fill:${ink}}</style>${mark}`,
    )
    await page.screenshot({ path: join(ROOT, `public/icons/${name}-${size}.png`), omitBackground: true })
    await page.close()
  }
await browser.close()
