import { randomInt } from 'node:crypto'

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** 142 bits: a client id is no secret, but one that cannot be guessed gives an attacker nothing to try. */
const length = 24

/** A new client id: 24 letters and digits, which neither a form nor a Basic header has to escape. */
export function makeClientId(): string {
  return Array.from({ length }, () => alphabet.charAt(randomInt(alphabet.length))).join('')
}
