import 'reflect-metadata' // the X.509 library needs it to be loaded first
import { webcrypto } from 'node:crypto'
import * as x509 from '@peculiar/x509'

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const hourMs = 3_600_000

/** A private key and its certificate, as a TLS server takes them. */
export interface ServerIdentity {
  readonly key: string
  readonly cert: string
}

export interface IdentityOptions {
  /** Names and addresses that the certificate is for. */
  readonly names: readonly string[]
  /** End of validity, from now; negative = expired. Default one hour. */
  readonly validForMs?: number
}

/** An authority made for one test file: it signs identities, and `pem` is what makes a client trust them. */
export interface TestAuthority {
  readonly pem: string
  issue(options: IdentityOptions): Promise<ServerIdentity>
}

/** @param name two with the same name cannot be trusted side by side: a certificate names its authority only by it */
export async function createTestAuthority(name = 'Cambio test authority'): Promise<TestAuthority> {
  const keys = await makeKeys()
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=${name}`,
    keys,
    signingAlgorithm: algorithm,
    ...validity(hourMs),
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  return {
    pem: certificate.toString('pem'),
    issue: (options) => issue(options, { name: certificate.subject, signingKey: keys.privateKey }),
  }
}

/** A certificate that nobody vouches for but itself. */
export async function issueSelfSigned(options: IdentityOptions): Promise<ServerIdentity> {
  return issue(options, undefined)
}

async function issue(
  { names, validForMs = hourMs }: IdentityOptions,
  issuer: { name: string; signingKey: webcrypto.CryptoKey } | undefined,
): Promise<ServerIdentity> {
  const keys = await makeKeys()
  const subject = 'CN=Cambio test server'
  const certificate = await x509.X509CertificateGenerator.create({
    subject,
    issuer: issuer?.name ?? subject,
    publicKey: keys.publicKey,
    signingKey: issuer?.signingKey ?? keys.privateKey,
    signingAlgorithm: algorithm,
    ...validity(validForMs),
    extensions: [
      new x509.SubjectAlternativeNameExtension(names.map((value) => ({ type: /^[\d.]+$|:/.test(value) ? 'ip' : 'dns', value }))),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
    ],
  })
  const der = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)
  return { key: x509.PemConverter.encode(der, 'PRIVATE KEY'), cert: certificate.toString('pem') }
}

function makeKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
}

function validity(validForMs: number): { notBefore: Date; notAfter: Date } {
  const now = Date.now()
  return { notBefore: new Date(Math.min(now, now + validForMs) - hourMs), notAfter: new Date(now + validForMs) }
}
