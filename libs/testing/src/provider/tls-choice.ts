import { type ServerOptions } from 'node:https'

import { testCa } from './test-ca.js'

/** What is wrong with an https server; by default nothing. */
export interface TlsChoice {
  /** Names and addresses of the certificate. Default `localhost` and `127.0.0.1`. */
  readonly names?: readonly string[]
  /** `self-signed`: by no authority; `expired`: until yesterday; `wrong-name`: for another host; `tls-1.0`: the protocol itself. */
  readonly flaw?: 'self-signed' | 'expired' | 'wrong-name' | 'tls-1.0'
}

export async function tlsOf({ names = ['localhost', '127.0.0.1'], flaw }: TlsChoice): Promise<ServerOptions> {
  const ca = await testCa()
  const { cert, key } = await ca.certificate({
    names: flaw === 'wrong-name' ? ['another.test'] : names,
    ...(flaw === 'expired' || flaw === 'self-signed' ? { flaw } : {}),
  })
  // OpenSSL offers TLS 1.0 at security level 0 only.
  const old: ServerOptions = { minVersion: 'TLSv1', maxVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' }
  return { cert, key, ...(flaw === 'tls-1.0' ? old : {}) }
}
