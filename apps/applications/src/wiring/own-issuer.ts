/** The `iss` of tokens that the token service issues, which is also its origin as clients see it. */
export class OwnIssuer {
  constructor(readonly issuer: string) {}
}
