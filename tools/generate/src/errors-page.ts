import { decisionReasons, type DocumentedReason, oauthErrors, type OAuthErrorEntry } from '@cambio/oauth'
import { problemCodes } from '@cambio/service-kit'
import { tokenRejections, undecidedReasons } from '@cambio/token-trust'

const preamble = `# Errors

<!-- Generated from the tables in libs/oauth, libs/token-trust and libs/service-kit by \`npm run generate\`; do not edit. -->

Clients of the OAuth endpoints see \`error\` and a coarse \`error_description\`. The precise reason is for the organization's
administrators: it stands in the audit record under the answer's \`X-Request-Id\`.
`

/** \`docs/errors.md\`: every answer and every reason, from the tables that the code uses. */
export function renderErrors(): string {
  return [preamble, oauthSection(), reasonSection(), tokenSection(), problemSection()].join('\n')
}

function oauthSection(): string {
  const rows = Object.values(oauthErrors).map((entry: OAuthErrorEntry) => `| ${entry.status} | \`${entry.code}\` | ${entry.description} |`)
  return `## Answers of the OAuth endpoints\n\n| status | \`error\` | meaning |\n|---|---|---|\n${rows.join('\n')}\n`
}

function reasonSection(): string {
  const rows = Object.entries<DocumentedReason>(decisionReasons).map(
    ([reason, { cause, remedy, answer }]) => `| \`${reason}\` | ${cause} | ${remedy} | \`${oauthErrors[answer].code}\` |`,
  )
  return `## Reasons of decisions\n\n| reason | cause | what to do | answer |\n|---|---|---|---|\n${rows.join('\n')}\n`
}

function tokenSection(): string {
  const intro =
    'A reason about a token is named after the part that the token plays: `subject_token.expired`, `actor_token.expired`. ' +
    'Reasons about keys (`key.…`) stand for themselves. Of an exchange the first list is `invalid_request`, the second `temporarily_unavailable`.'
  const table = (reasons: Readonly<Record<string, Pick<DocumentedReason, 'cause' | 'remedy'>>>): string =>
    `| reason | cause | what to do |\n|---|---|---|\n${Object.entries(reasons)
      .map(([reason, { cause, remedy }]) => `| \`${reason}\` | ${cause} | ${remedy} |`)
      .join('\n')}\n`
  return `## Reasons about a token\n\n${intro}\n\n${table(tokenRejections)}\nThe token cannot be decided now:\n\n${table(undecidedReasons)}`
}

function problemSection(): string {
  const rows = Object.entries(problemCodes).map(([code, { status, title }]) => `| ${status} | \`${code}\` | ${title} |`)
  return `## Problems of the REST API\n\n\`application/problem+json\` (RFC 9457) with these in \`code\`.\n\n| status | \`code\` | title |\n|---|---|---|\n${rows.join('\n')}\n`
}
