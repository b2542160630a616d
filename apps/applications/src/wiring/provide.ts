import { type Abstract, type FactoryProvider, type Type } from '@nestjs/common'

type Token<T> = Type<T> | Abstract<T>

/**
 * A plain class as a provider: what it needs is named once as tokens and handed to `make` in the same order. So nothing
 * that decides anything imports Nest.
 */
export function provide<T, D extends readonly unknown[]>(
  token: Token<T>,
  inject: { readonly [K in keyof D]: Token<D[K]> },
  make: (...parts: D) => T,
): FactoryProvider<T> {
  return { provide: token, inject: [...inject], useFactory: make }
}
