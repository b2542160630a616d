import { type Provider } from 'oidc-provider'

/** The one person that the provider knows. */
export interface DemoUser {
  readonly user: string
  readonly password: string
}

const FORM_LIMIT_BYTES = 4096

/** Signs a user in and asks for consent by two plain HTML forms, as a browser would show them. */
export function answerInteractions(provider: Provider, known: DemoUser): void {
  provider.use(async (context, next) => {
    const [, uid] = /^\/interaction\/([\w-]+)$/.exec(context.path) ?? []
    if (uid === undefined) {
      await next()
      return
    }
    const { prompt, params, session, grantId } = await provider.interactionDetails(context.req, context.res)
    if (context.method === 'GET') {
      context.type = 'html'
      context.body = page(prompt.name === 'login' ? LOGIN_FIELDS : CONSENT_FIELDS)
      return
    }
    if (prompt.name === 'login') {
      const form = new URLSearchParams(await readBody(context.req))
      if (form.get('user') !== known.user || form.get('password') !== known.password) {
        context.status = 403
        context.body = 'wrong user or password'
        return
      }
      await provider.interactionFinished(context.req, context.res, { login: { accountId: known.user } })
    } else {
      const grant =
        (await provider.Grant.find(grantId ?? '')) ??
        new provider.Grant({ accountId: session?.accountId ?? '', clientId: String(params['client_id']) })
      grant.addOIDCScope('openid profile email')
      for (const [resource, scopes] of Object.entries((prompt.details['missingResourceScopes'] ?? {}) as Record<string, string[]>)) {
        grant.addResourceScope(resource, scopes.join(' '))
      }
      await provider.interactionFinished(
        context.req,
        context.res,
        { consent: { grantId: await grant.save() } },
        { mergeWithLastSubmission: true },
      )
    }
    context.respond = false
  })
}

const LOGIN_FIELDS =
  '<label>User <input name="user"></label><label>Password <input name="password" type="password"></label><button>Sign in</button>'
const CONSENT_FIELDS = '<p>Allow the application to act for you?</p><button>Allow</button>'

function page(fields: string): string {
  return `<!doctype html><title>Demo provider</title><form method="post" autocomplete="off">${fields}</form>`
}

async function readBody(stream: AsyncIterable<Buffer>): Promise<string> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of stream) {
    size += part.length
    if (size > FORM_LIMIT_BYTES) throw new Error('the form is too large')
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}
