import { stringify } from 'yaml'

const base64 = (text: string): string => Buffer.from(text).toString('base64')

/** A kubeconfig with everything inside, so that one file is one credential. */
export function renderKubeconfig(options: {
  server: string
  authority: string
  user: string
  certificate: string
  key: string
}): string {
  const { server, user } = options
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'steward', cluster: { server, 'certificate-authority-data': base64(options.authority) } }],
    users: [
      {
        name: user,
        user: { 'client-certificate-data': base64(options.certificate), 'client-key-data': base64(options.key) },
      },
    ],
    contexts: [{ name: 'steward', context: { cluster: 'steward', user } }],
    'current-context': 'steward',
  })
}
