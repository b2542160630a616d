import { describe, expect, it } from 'vitest'

import { sharedIssuerRequirement } from './shared-issuers.js'
import { missingOwnerClaim } from './trusted-issuer.js'

describe('issuers shared by all customers of a provider', () => {
  it.each([
    ['https://token.actions.githubusercontent.com', 'repository_owner'],
    ['https://gitlab.com', 'namespace_path'],
    ['https://app.terraform.io', 'terraform_organization_name'],
    ['https://accounts.google.com', 'hd'],
    ['accounts.google.com', 'azp'],
    ['https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0', 'oid'],
  ])('%s needs a claim on its owner, %s for instance (PO-17)', (issuer, claim) => {
    expect(sharedIssuerRequirement(issuer)?.ownerClaims).toContain(claim)
    expect(missingOwnerClaim(issuer, [claim])).toBeUndefined()
    expect(missingOwnerClaim(issuer, ['aud', 'ref'])).toBe(sharedIssuerRequirement(issuer))
    expect(missingOwnerClaim(issuer, [])?.provider).toMatch(/./)
  })

  it('are recognised in spellings that would match no token', () => {
    for (const issuer of ['https://GitLab.com', 'https://gitlab.com/', 'https://gitlab.com:443', 'https://gitlab.com:443//']) {
      expect(sharedIssuerRequirement(issuer)?.provider, issuer).toBe('GitLab.com')
    }
  })

  it('are not those that name their owner themselves', () => {
    for (const issuer of [
      'https://token.actions.githubusercontent.com/acme',
      'https://gitlab.acme.test',
      'https://oidc.circleci.com/org/1',
      'https://acme.okta.com/oauth2/default',
      'https://login.microsoftonline.com/11111111-2222-3333-4444-555555555555/v2.0',
    ]) {
      expect(sharedIssuerRequirement(issuer), issuer).toBeUndefined()
      expect(missingOwnerClaim(issuer, []), issuer).toBeUndefined()
    }
  })
})
