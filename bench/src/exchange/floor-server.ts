// The floor of the exchange: a bare node:http server that parses the form, verifies the subject token with jose and signs an access
// token with jose, and does nothing else. No client, no registration, no scopes, no audit: what is left is what the cryptography and HTTP cost.
import { createServer } from 'node:http'
import { generateKeyPair, importJWK, type JWK, jwtVerify, SignJWT } from 'jose'

const settings = JSON.parse(process.argv[2] ?? '{}') as {
  readonly port: number
  readonly publicJwk: JWK
  readonly issuer: string
  readonly audience: string
}

const verifyKey = await importJWK(settings.publicJwk, 'RS256')
const { privateKey: signKey } = await generateKeyPair('ES256')

createServer((request, response) => {
  let body = ''
  request.setEncoding('utf8')
  request.on('data', (part: string) => (body += part))
  request.on('end', () => {
    exchange(body).then(
      (answer) => {
        response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' })
        response.end(answer)
      },
      () => {
        response.writeHead(400)
        response.end()
      },
    )
  })
}).listen(settings.port, '127.0.0.1')

async function exchange(body: string): Promise<string> {
  const form = new URLSearchParams(body)
  const { payload } = await jwtVerify(form.get('subject_token') ?? '', verifyKey, { issuer: settings.issuer, audience: settings.audience })
  const token = await new SignJWT({ scope: form.get('scope') ?? '', client_id: 'bench' })
    .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'floor' })
    .setIssuer('http://floor')
    .setSubject(String(payload.sub))
    .setAudience('urn:bench:orders')
    .setIssuedAt()
    .setExpirationTime('15m')
    .setJti(crypto.randomUUID())
    .sign(signKey)
  return JSON.stringify({ access_token: token, token_type: 'Bearer', expires_in: 900 })
}
