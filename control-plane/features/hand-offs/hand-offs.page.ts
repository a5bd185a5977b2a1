import type { Problem } from '../../domain/problem.ts'
import { escaped, plainPage } from '../../platform/plain-page.ts'
import type { HandedOver } from './hand-offs.schema.ts'

/** Opening takes a press of a button: programs that look at links in messages would otherwise use it up. */
export const readyPage = (customer: string): string =>
  plainPage({
    title: `Access for ${customer}`,
    body: `<h1>Access for ${escaped(customer)}</h1>
<p>Behind this button are your first credentials. They are shown once: keep what you see.</p>
<form method="post"><button type="submit">Show them now</button></form>`,
  })

export const openedPage = ({ customer, url, kubeconfig, expiresAt }: HandedOver): string =>
  plainPage({
    title: `Access for ${customer}`,
    body: `<h1>Access for ${escaped(customer)}</h1>
<p>Your users go to ${escaped(url)}. The kubeconfig below is shown this once and ends at ${escaped(expiresAt)}.</p>
<pre>${escaped(kubeconfig)}</pre>`,
  })

export const refusedPage = ({ title, detail }: Problem): string =>
  plainPage({ title, body: `<h1>${escaped(title)}</h1>\n<p>${escaped(detail ?? '')}</p>` })
