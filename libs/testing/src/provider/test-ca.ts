import 'reflect-metadata' // @peculiar/x509 builds on it

import { isIP } from 'node:net'
import { webcrypto } from 'node:crypto'

import * as x509 from '@peculiar/x509'

const dayMs = 86_400_000
const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }

export interface TestCertificateOptions {
  /** DNS names and IP addresses that it is for; at least one. */
  readonly names: readonly string[]
  /** `expired`: ended yesterday; `self-signed`: not by this authority. */
  readonly flaw?: 'expired' | 'self-signed'
}

/** A certificate authority that only tests trust. */
export interface TestCa {
  /** Its certificate, PEM: what a caller passes as `ca`. */
  readonly pem: string
  /** A server certificate and its private key, PEM. */
  certificate(options: TestCertificateOptions): Promise<{ cert: string; key: string }>
}

let made: Promise<TestCa> | undefined

/** One authority for all servers of a process. Its key is made anew each time and never written anywhere. */
export async function testCa(): Promise<TestCa> {
  made ??= makeCa()
  return made
}

async function makeCa(): Promise<TestCa> {
  x509.cryptoProvider.set(webcrypto)
  const keys = await keyPair()
  const name = 'CN=Cambio test authority'
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    name,
    keys,
    signingAlgorithm: algorithm,
    ...validity(),
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
    ],
  })
  return {
    pem: root.toString('pem'),
    async certificate({ names, flaw }) {
      const own = await keyPair()
      const [first] = names
      if (first === undefined) throw new TypeError('a certificate needs a name')
      const subject = `CN=${first}`
      const selfSigned = flaw === 'self-signed'
      const cert = await x509.X509CertificateGenerator.create({
        subject,
        issuer: selfSigned ? subject : name,
        publicKey: own.publicKey,
        signingKey: selfSigned ? own.privateKey : keys.privateKey,
        signingAlgorithm: algorithm,
        ...validity(flaw === 'expired' ? -dayMs : dayMs),
        extensions: [
          new x509.BasicConstraintsExtension(false, undefined, true),
          new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
          new x509.SubjectAlternativeNameExtension(names.map((value) => ({ type: isIP(value) === 0 ? 'dns' : 'ip', value }))),
        ],
      })
      return { cert: cert.toString('pem'), key: await pemOf(own.privateKey) }
    },
  }
}

function validity(untilMs = dayMs): { notBefore: Date; notAfter: Date } {
  const now = Date.now()
  return { notBefore: new Date(now - 2 * dayMs), notAfter: new Date(now + untilMs) }
}

async function keyPair(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
}

async function pemOf(key: webcrypto.CryptoKey): Promise<string> {
  const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', key)
  return x509.PemConverter.encode(pkcs8, x509.PemConverter.PrivateKeyTag)
}
