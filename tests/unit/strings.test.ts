import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parseAst } from 'vitest/node'

/** Words that readers see stand in `app/strings`, so that another language can be added (`app/strings/languages.ts`). */
const ROOT = join(import.meta.dirname, '../..')

/** Attributes, and properties of objects, that are read out or shown. */
const SHOWN = /^(aria-label|aria-description|title|placeholder|alt|label|description|heading|summary|otherwise)$/
const WORD = /\p{L}{2,}/u
/** Wherever it stands in a component, it is meant for readers: two words, or one with a capital letter. */
const SAYING = /\p{L}{2,} \p{L}{2,}|^\p{Lu}\p{Ll}+$/u
/** What is the same in every language, beside what stands in `<code>`: names of formats, markup, values of styles. */
const NAMES = /^(?:JSON Feed|RSS|Atom|<.*>|light dark)$/

type Node = { type: string; [key: string]: unknown }

/** The words that a component has in itself, with the line they stand on. */
function wordsIn(source: string, file: string): string[] {
  const found: string[] = []
  const tell = (node: Node, text: string) => {
    if (!WORD.test(text) || NAMES.test(text.trim())) return
    const line = source.slice(0, Number(node.start)).split('\n').length
    found.push(`${file}:${line}: ${text.trim().replace(/\s+/g, ' ')}`)
  }
  /** What an expression may come to: its branches, not what it is decided by. */
  const said = (node: Node | null | undefined): void => {
    if (!node) return
    if (node.type === 'Literal' && typeof node.value === 'string') tell(node, node.value)
    if (node.type === 'TemplateLiteral') {
      for (const part of nodesIn(node.quasis)) tell(part, String(Object(part.value).raw))
      for (const part of nodesIn(node.expressions)) said(part)
    }
    if (node.type === 'ConditionalExpression') for (const part of [node.consequent, node.alternate]) said(nodesIn(part)[0])
    if (node.type === 'LogicalExpression') for (const part of [node.left, node.right]) said(nodesIn(part)[0])
    if (node.type === 'BinaryExpression' && node.operator === '+') for (const part of [node.left, node.right]) said(nodesIn(part)[0])
    if (node.type === 'ArrayExpression') for (const part of nodesIn(node.elements)) said(part)
  }
  const walk = (node: Node): void => {
    if (node.type === 'JSXElement' && Object(Object(node.openingElement).name).name === 'code') return
    if (/^(?:ImportDeclaration|NewExpression)$/.test(node.type)) return
    // `'use client'`, and what styles are chosen by.
    if (node.directive || (node.type === 'JSXAttribute' && Object(node.name).name === 'className')) return
    const plain = node.type === 'Literal' ? node.value : node.type === 'TemplateElement' ? Object(node.value).raw : null
    if (typeof plain === 'string' && SAYING.test(plain.trim())) tell(node, plain)
    if (node.type === 'JSXText') tell(node, String(node.value))
    if (node.type === 'JSXElement' || node.type === 'JSXFragment')
      for (const child of nodesIn(node.children)) if (child.type === 'JSXExpressionContainer') said(nodesIn(child.expression)[0])
    if (node.type === 'JSXAttribute' && SHOWN.test(String(Object(node.name).name))) {
      const [value] = nodesIn(node.value)
      said(value?.type === 'JSXExpressionContainer' ? nodesIn(value.expression)[0] : value)
    }
    if (node.type === 'Property' && SHOWN.test(String(Object(node.key).name ?? Object(node.key).value))) said(nodesIn(node.value)[0])
    for (const value of Object.values(node)) for (const child of nodesIn(value)) walk(child)
  }
  for (const node of nodesIn(parseAst(source, { lang: 'tsx' }).body)) walk(node)
  return [...new Set(found)]
}

function nodesIn(value: unknown): Node[] {
  return [value].flat().filter((one): one is Node => typeof one === 'object' && one !== null && typeof Object(one).type === 'string')
}

test('no component has words of its own', () => {
  const files = globSync('app/**/*.tsx', { cwd: ROOT }).toSorted()
  expect(files.length).toBeGreaterThan(50)
  expect(files.flatMap((file) => wordsIn(readFileSync(join(ROOT, file), 'utf8'), file))).toEqual([])
})

test('the search for them finds words wherever they are shown', () => {
  const words = wordsIn(
    `const a = (
      <p aria-label="one two" className="not me" title={b ? \`three \${c}\` : 'four'}>
        five · {d && 'six'} {e('no')} {f[\`no\`]} <code>no</code>
      </p>
    )
    const g = { title: 'seven', id: 'no', of: ['eight nine', 'Ten'] }`,
    'x.tsx',
  )
  expect(words.map((word) => word.replace(/^x\.tsx:\d+: /, ''))).toEqual([
    'six',
    'one two',
    'three',
    'four',
    'five ·',
    'seven',
    'eight nine',
    'Ten',
  ])
})
