import { createHash } from 'node:crypto'

const STYLE = `body{font:16px/1.5 system-ui,sans-serif;max-width:40rem;margin:3rem auto;padding:0 1rem;color:#1c2430;background:#fff}
h1{font-size:1.4rem;margin:0}p{margin:.5rem 0 1.5rem;color:#4a5565}progress{width:100%;height:.6rem}
ol{list-style:none;padding:0;margin:1.5rem 0}li{display:flex;justify-content:space-between;padding:.4rem 0;border-bottom:1px solid #e5e9ef}
.pending{color:#8a94a3}.done span:last-child{color:#1a7f4b}.failed span:last-child{color:#b42318}
pre{white-space:pre-wrap;word-break:break-all;background:#f4f6f9;padding:1rem;font-size:.8rem}button{font:inherit;padding:.5rem 1rem}`
const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64')

/** No script, no picture, no font, no frame: what stands in a page is all there is, and its style is named by its hash. */
export const pageHeaders = ({ forms }: { forms: boolean }) => ({
  'content-security-policy': `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; base-uri 'none'; form-action ${forms ? "'self'" : "'none'"}; frame-ancestors 'none'`,
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
  'x-robots-tag': 'noindex, nofollow',
})

export const HTML = 'text/html; charset=utf-8'
/** Whether who asks is a browser, by what it accepts. */
export const wantsPage = (accept: string | undefined): boolean => /\btext\/html\b/.test(accept ?? '')

const MARKS: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
/** Text as it may stand in a page. */
export const escaped = (plain: string): string => plain.replaceAll(/[&<>"']/g, (mark) => MARKS[mark] ?? mark)

/** A page for people outside; `body` is markup, `again` the seconds after which it is asked for anew. */
export const plainPage = ({
  title,
  body,
  again,
}: {
  title: string
  body: string
  again?: number
}): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
${again === undefined ? '' : `<meta http-equiv="refresh" content="${again}">\n`}<title>${escaped(title)}</title>
<style>${STYLE}</style>
</head>
<body>
${body}
</body>
</html>
`
