/** What is read of the store here. */
interface Published {
  getAny(org: string, id: string): Promise<{ readonly publishedRev: number } | undefined>
}

interface Waiter {
  readonly org: string
  readonly id: string
  readonly rev: number
  readonly settle: (published: boolean) => void
}

/** Those who wait until a revision is published, by this process or by another replica of the owner. */
export class SettledWaiters {
  readonly #collection: Published
  readonly #waiters = new Set<Waiter>()

  constructor(collection: Published) {
    this.#collection = collection
  }

  async wait(org: string, id: string, rev: number, deadlineMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const settle = (published: boolean): void => {
        clearTimeout(timer)
        this.#waiters.delete(waiter)
        resolve(published)
      }
      const waiter: Waiter = { org, id, rev, settle }
      const timer = setTimeout(settle, deadlineMs, false)
      this.#waiters.add(waiter)
    })
  }

  published(org: string, id: string, rev: number): void {
    for (const waiter of this.#waiters) {
      if (waiter.org === org && waiter.id === id && waiter.rev <= rev) waiter.settle(true)
    }
  }

  /** Looks for those whose revision somebody else has published. */
  async checkStore(): Promise<void> {
    for (const { org, id, rev, settle } of this.#waiters) {
      const stored = await this.#collection.getAny(org, id)
      if (stored !== undefined && stored.publishedRev >= rev) settle(true)
    }
  }

  giveUp(): void {
    for (const { settle } of this.#waiters) settle(false)
  }
}
