// Owns the external identity provider of the demo and of the end-to-end tests: a real OpenID provider, and a user who signs in there.
// Whoever starts it decides about audience and scopes, as an organization does at its own provider.
// It must not know anything of Cambio.
export { type ProviderOptions, runProvider, type RunningProvider } from './run-provider.js'
export { type ProviderTokens, signIn, type SignIn } from './sign-in.js'
