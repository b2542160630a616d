import { createHmac, timingSafeEqual } from 'node:crypto'

/** What a row of a replica's file says; the MAC binds all of it, so that no row can stand in for another. */
export interface SealedRow {
  readonly kind: string
  readonly key: string
  readonly rev: number
  readonly body: string
}

const KEY_MIN_BYTES = 32

/** Signs and checks rows under `CAMBIO_SNAPSHOT_KEY`. */
export class RowSeal {
  readonly #key: Uint8Array

  /** @throws TypeError for a key of less than 32 bytes */
  constructor(key: Uint8Array) {
    if (key.length < KEY_MIN_BYTES) throw new TypeError(`the snapshot key needs at least ${KEY_MIN_BYTES} bytes`)
    this.#key = key
  }

  mac({ kind, key, rev, body }: SealedRow): string {
    return createHmac('sha256', this.#key).update(`cambio-replica-row-v1\n${kind}\n${key}\n${rev}\n${body}`).digest('base64url')
  }

  holds(row: SealedRow & { readonly mac: string }): boolean {
    const expected = Buffer.from(this.mac(row))
    const given = Buffer.from(row.mac)
    return expected.length === given.length && timingSafeEqual(expected, given)
  }
}
