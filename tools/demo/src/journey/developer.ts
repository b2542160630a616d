import { type Journey } from './journey.js'

const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token'

const exchangeForm = { grant_type: TOKEN_EXCHANGE, subject_token: '$USER_TOKEN', subject_token_type: ACCESS_TOKEN }

/** Step 2 of the first guide: application, credentials, subscription, the user's token, the exchange. */
export async function exchangeToken(journey: Journey): Promise<void> {
  const { transcript } = journey
  transcript.part('The developer: a token of the provider becomes a token for the API')
  await makeApplication(journey)
  await signUserIn(journey)
  await selectTokenExchange(journey)
  await subscribe(journey)
  await showConnectionInfo(journey)
  await exchange(journey)
}

async function makeApplication({ caller, transcript }: Journey): Promise<void> {
  transcript.step('Create an application')
  const application = await caller.call({
    method: 'POST',
    url: '$APPLICATIONS/v1/orgs/$ORG/applications',
    bearer: 'ADMIN_TOKEN',
    json: { name: 'shop', description: 'The web shop' },
    show: ['id', 'name', 'rev'],
  })
  caller.set('APP', String(application.body['id']))
  transcript.holds('the application is there', application.status === 201)

  transcript.step('Production Keys: generate credentials')
  const keys = await caller.call({
    method: 'POST',
    url: '$APPLICATIONS/v1/orgs/$ORG/applications/$APP/keys/production',
    bearer: 'ADMIN_TOKEN',
    json: {},
  })
  caller.set('CLIENT_ID', String(keys.body['clientId']))
  caller.set('CLIENT_SECRET', String(keys.body['clientSecret']))
  transcript.holds('consumer key and secret are shown', keys.status === 201 && typeof keys.body['clientSecret'] === 'string')

  const shownAgain = await caller.call({
    method: 'GET',
    url: '$APPLICATIONS/v1/orgs/$ORG/applications/$APP/keys/production',
    bearer: 'ADMIN_TOKEN',
    show: ['clientId', 'grantTypes', 'secrets'],
  })
  transcript.holds('the secret is not shown again', shownAgain.status === 200 && !('clientSecret' in shownAgain.body))
}

async function signUserIn({ caller, transcript, provider }: Journey): Promise<void> {
  transcript.step('Obtain a JWT of the external provider: the user signs in there (authorization code flow with PKCE)')
  const tokens = await provider.signIn()
  caller.set('USER_TOKEN', tokens.accessToken)
  transcript.say('(a browser does this part: redirects, a login form, a consent form, and the code for tokens)')
  transcript.answer(200, decoded(tokens.accessToken))
  transcript.holds('the token is the provider’s', decoded(tokens.accessToken).payload['iss'] === provider.issuer)
}

async function selectTokenExchange({ caller, transcript }: Journey): Promise<void> {
  transcript.step('Exchange it: refused until Token Exchange is selected as one of the grant types')
  const refused = await caller.call({
    method: 'POST',
    url: '$TOKEN_SERVICE/oauth2/token',
    basic: ['CLIENT_ID', 'CLIENT_SECRET'],
    form: exchangeForm,
  })
  transcript.holds('the credentials are refused the grant', refused.status === 400 && refused.body['error'] === 'unauthorized_client')

  const selected = await caller.call({
    method: 'PATCH',
    url: '$APPLICATIONS/v1/orgs/$ORG/applications/$APP/keys/production',
    bearer: 'ADMIN_TOKEN',
    json: { grantTypes: ['client_credentials', TOKEN_EXCHANGE] },
    show: ['clientId', 'grantTypes'],
  })
  transcript.holds('Token Exchange is selected', selected.status === 200)
}

async function subscribe({ caller, transcript }: Journey): Promise<void> {
  const form = { ...exchangeForm, audience: 'urn:$ORG:orders' }
  const early = await caller.call({ method: 'POST', url: '$TOKEN_SERVICE/oauth2/token', basic: ['CLIENT_ID', 'CLIENT_SECRET'], form })
  transcript.holds(
    'an API that the application is not subscribed to is no target',
    early.status === 400 && early.body['error'] === 'invalid_target',
  )

  transcript.step('Subscribe the application to the API')
  const subscription = await caller.call({
    method: 'POST',
    url: '$APPLICATIONS/v1/orgs/$ORG/applications/$APP/subscriptions',
    bearer: 'ADMIN_TOKEN',
    json: { api: 'orders' },
  })
  transcript.holds('the subscription is active', subscription.status === 201 && subscription.body['status'] === 'ACTIVE')
}

async function showConnectionInfo({ caller, transcript }: Journey): Promise<void> {
  transcript.step('User Keys: select the provider, see how to get its token and the curl of the exchange')
  const info = await caller.call({
    method: 'GET',
    url: '$APPLICATIONS/v1/orgs/$ORG/applications/$APP/connection-info/production',
    bearer: 'ADMIN_TOKEN',
  })
  transcript.holds(
    'the provider’s token field and the curl are shown',
    info.status === 200 && JSON.stringify(info.body).includes('subject_token'),
  )
}

async function exchange({ caller, transcript, provider, verify }: Journey): Promise<void> {
  transcript.step('Copy the curl: the provider’s token becomes a token for the API')
  const answer = await caller.call({
    method: 'POST',
    url: '$TOKEN_SERVICE/oauth2/token',
    basic: ['CLIENT_ID', 'CLIENT_SECRET'],
    form: { ...exchangeForm, scope: 'read write' },
  })
  transcript.holds(
    'the exchange succeeds',
    answer.status === 200 && answer.body['issued_token_type'] === ACCESS_TOKEN && answer.body['token_type'] === 'Bearer',
  )
  transcript.holds('scopes that the user does not have are left out', answer.body['scope'] === 'read')
  const token = String(answer.body['access_token'])
  caller.set('ACCESS_TOKEN', token)

  transcript.step('The token, decoded')
  const { header, payload } = decoded(token)
  transcript.answer(200, { header, payload })
  transcript.holds('it verifies with the published keys', await verify(token))
  transcript.holds('it is an access token of RFC 9068', header['typ'] === 'at+jwt' && header['alg'] === 'ES256')
  transcript.holds(
    'for the API and nobody else',
    JSON.stringify(payload['aud']) === JSON.stringify([`urn:${String((payload['org'] as { handle?: string }).handle)}:orders`]),
  )
  transcript.holds(
    'it says for whom, and who vouched for them',
    (payload['idp'] as { iss?: string }).iss === provider.issuer && String(payload['sub']).startsWith('idp/'),
  )

  transcript.step('What is not right is refused')
  const wrongSecret = await caller.call({
    method: 'POST',
    url: '$TOKEN_SERVICE/oauth2/token',
    form: { ...exchangeForm, client_id: '$CLIENT_ID', client_secret: 'wrong' },
  })
  transcript.holds('a wrong secret', wrongSecret.status === 401 && wrongSecret.body['error'] === 'invalid_client')
  caller.set('CHANGED_TOKEN', tampered(await provider.signIn().then((tokens) => tokens.accessToken)))
  const changed = await caller.call({
    method: 'POST',
    url: '$TOKEN_SERVICE/oauth2/token',
    basic: ['CLIENT_ID', 'CLIENT_SECRET'],
    form: { ...exchangeForm, subject_token: '$CHANGED_TOKEN' },
  })
  transcript.holds('a token that somebody changed', changed.status === 400 && changed.body['error'] === 'invalid_request')
  const own = await caller.call({
    method: 'POST',
    url: '$TOKEN_SERVICE/oauth2/token',
    basic: ['CLIENT_ID', 'CLIENT_SECRET'],
    form: { ...exchangeForm, subject_token: '$ACCESS_TOKEN' },
  })
  transcript.holds('a token of our own', own.status === 400 && own.body['error'] === 'invalid_request')
}

/** Steps 4 and 5 of the second guide, as far as they do not need the gateway: the provider's client id belongs to one application. */
export async function bindClientId({ caller, transcript, provider }: Journey): Promise<void> {
  transcript.part('The provider’s client id belongs to one application')

  transcript.step('Add the provider’s client id to the application')
  const binding = { identityProvider: 'demo-provider', environment: 'production', clientId: provider.clientId }
  const bound = await caller.call({
    method: 'POST',
    url: '$APPLICATIONS/v1/orgs/$ORG/applications/$APP/bindings',
    bearer: 'ADMIN_TOKEN',
    json: binding,
  })
  transcript.holds('the client id is bound', bound.status === 201)

  const other = await caller.call({
    method: 'POST',
    url: '$APPLICATIONS/v1/orgs/$ORG/applications',
    bearer: 'ADMIN_TOKEN',
    json: { name: 'another' },
    show: ['id', 'name'],
  })
  caller.set('OTHER_APP', String(other.body['id']))
  const twice = await caller.call({
    method: 'POST',
    url: '$APPLICATIONS/v1/orgs/$ORG/applications/$OTHER_APP/bindings',
    bearer: 'ADMIN_TOKEN',
    json: binding,
  })
  transcript.holds('and to no other application', twice.status === 409 && twice.body['code'] === 'client_id_bound')

  const inUse = await caller.call({
    method: 'DELETE',
    url: '$IDP_REGISTRY/v1/orgs/$ORG/identity-providers/demo-provider',
    bearer: 'ADMIN_TOKEN',
  })
  transcript.holds(
    'a provider in use is not deleted, and the applications are named',
    inUse.status === 409 && inUse.body['code'] === 'idp_in_use' && JSON.stringify(inUse.body['applications']).includes('shop'),
  )
}

/** Disabling a provider works at once, everywhere. */
export async function disableProvider({ caller, transcript, provider, eventually }: Journey): Promise<void> {
  transcript.part('The administrator stops trusting the provider')
  caller.set('USER_TOKEN', (await provider.signIn()).accessToken)
  const url = '$IDP_REGISTRY/v1/orgs/$ORG/identity-providers/demo-provider'
  const exchangeAgain = {
    method: 'POST',
    url: '$TOKEN_SERVICE/oauth2/token',
    basic: ['CLIENT_ID', 'CLIENT_SECRET'],
    form: exchangeForm,
    show: ['error', 'token_type', 'scope'],
  } as const

  transcript.step('Disable it')
  const disabled = await caller.call({ method: 'POST', url: `${url}/disable`, bearer: 'ADMIN_TOKEN', show: ['name', 'enabled'] })
  transcript.holds('the provider is disabled', disabled.status === 200 && disabled.body['enabled'] === false)
  transcript.holds(
    'its tokens are refused within a second',
    await eventually(async () => (await caller.call(exchangeAgain)).status === 400),
  )

  transcript.step('Enable it again')
  await caller.call({ method: 'POST', url: `${url}/enable`, bearer: 'ADMIN_TOKEN', show: ['name', 'enabled'] })
  transcript.holds(
    'its tokens are taken again within a second',
    await eventually(async () => (await caller.call(exchangeAgain)).status === 200),
  )
}

interface DecodedToken {
  readonly header: Record<string, unknown>
  readonly payload: Record<string, unknown>
}

function decoded(token: string): DecodedToken {
  const part = (index: number): Record<string, unknown> =>
    JSON.parse(Buffer.from(token.split('.')[index] ?? '', 'base64url').toString('utf8')) as Record<string, unknown>
  return { header: part(0), payload: part(1) }
}

/** The same token with another subject and the old signature. */
function tampered(token: string): string {
  const [header = '', payload = '', signature = ''] = token.split('.')
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as Record<string, unknown>
  return [header, Buffer.from(JSON.stringify({ ...claims, sub: 'mallory' })).toString('base64url'), signature].join('.')
}
