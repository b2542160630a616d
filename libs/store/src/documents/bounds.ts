/** Refuses a programmer's mistake: borders have bounded what clients choose. @throws TypeError */
export function assertWithin(name: string, value: number, min: number, max: number): void {
  if (!Number.isSafeInteger(value) || value < min || value > max) throw new TypeError(`${name} is a whole number from ${min} to ${max}`)
}
