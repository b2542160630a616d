import * as oauth from 'oauth4webapi'

/** What the user's browser and the user's application bring to a sign-in. */
export interface SignIn {
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: string
  readonly redirectUri: string
  readonly scope: string
  readonly user: string
  readonly password: string
}

/** The provider's tokens, both JWTs. */
export interface ProviderTokens {
  readonly accessToken: string
  readonly idToken: string
}

/** The demo's provider speaks plain HTTP on loopback; nothing else of the client's checks is relaxed. */
// eslint-disable-next-line @typescript-eslint/no-deprecated -- deprecated only to stand out; this provider has no TLS
const options = { [oauth.allowInsecureRequests]: true } as const

/**
 * A real authorization code flow with PKCE (RFC 6749 §4.1, RFC 7636): the browser's part is played by following redirects with a
 * cookie jar and filling in the provider's two forms.
 */
export async function signIn(part: SignIn): Promise<ProviderTokens> {
  const issuer = new URL(part.issuer)
  const server = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, options))
  const client: oauth.Client = { client_id: part.clientId }
  const verifier = oauth.generateRandomCodeVerifier()
  const state = oauth.generateRandomState()
  const authorize = new URL(server.authorization_endpoint ?? '')
  for (const [name, value] of Object.entries({
    client_id: part.clientId,
    redirect_uri: part.redirectUri,
    response_type: 'code',
    scope: part.scope,
    state,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  })) {
    authorize.searchParams.set(name, value)
  }
  const callback = await new Browser(part).follow(authorize, part.redirectUri)
  const parameters = oauth.validateAuthResponse(server, client, callback, state)
  const answer = await oauth.authorizationCodeGrantRequest(
    server,
    client,
    oauth.ClientSecretBasic(part.clientSecret),
    parameters,
    part.redirectUri,
    verifier,
    options,
  )
  const tokens = await oauth.processAuthorizationCodeResponse(server, client, answer, { requireIdToken: true })
  return { accessToken: tokens.access_token, idToken: tokens.id_token ?? '' }
}

const MAX_HOPS = 20

/** As much of a browser as a sign-in needs: redirects, cookies and forms. */
class Browser {
  readonly #cookies = new Map<string, string>()

  constructor(private readonly user: Pick<SignIn, 'user' | 'password'>) {}

  /** Goes where it is sent until the address begins with `until`, which it does not open. */
  async follow(start: URL, until: string): Promise<URL> {
    let url = start
    let form: URLSearchParams | undefined
    for (let hop = 0; hop < MAX_HOPS; hop++) {
      if (url.href.startsWith(until)) return url
      const response = await this.#open(url, form)
      const location = response.headers.get('location')
      if (location !== null) {
        url = new URL(location, url)
        form = undefined
      } else if (response.ok && form === undefined) {
        form = this.#filledIn(await response.text())
      } else {
        throw new Error(`the sign-in stopped with status ${response.status} at ${url.pathname}`)
      }
    }
    throw new Error('the sign-in goes in circles')
  }

  async #open(url: URL, form: URLSearchParams | undefined): Promise<Response> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { cookie },
      ...(form !== undefined && { method: 'POST', body: form }),
    })
    for (const line of response.headers.getSetCookie()) {
      const [name = '', value = ''] = line.split(';', 1)[0]?.split('=', 2) ?? []
      this.#cookies.set(name, value)
    }
    return response
  }

  #filledIn(html: string): URLSearchParams {
    const values: Record<string, string> = { user: this.user.user, password: this.user.password }
    const names = [...html.matchAll(/<input name="(\w+)"/g)].map((match) => match[1] ?? '')
    return new URLSearchParams(names.map((name): [string, string] => [name, values[name] ?? '']))
  }
}
