/** Work that is done one after the other. */
export class Lane {
  #last: Promise<void> = Promise.resolve()
  #waiting = 0

  /** How much is to be done, what is under way included. */
  get waiting(): number {
    return this.#waiting
  }

  add(work: () => Promise<void>): void {
    void this.exclusively(work)
  }

  /** As `add`; resolves when it is done. */
  async exclusively(work: () => Promise<void>): Promise<void> {
    this.#waiting += 1
    const turn = this.#last.then(work).finally(() => {
      this.#waiting -= 1
    })
    this.#last = turn.catch(() => undefined)
    await turn
  }

  /** Resolves when nothing is left. */
  async idle(): Promise<void> {
    while (this.#waiting > 0) await this.#last
  }
}
