/** A pause that can be cut short; a wake-up that comes while nobody waits is kept for the next wait. */
export class Wakeup {
  #pending = false
  #wake: (() => void) | undefined

  wake(): void {
    this.#pending = true
    this.#wake?.()
  }

  /** Resolves after that time, or at the first `wake` since the last wait. */
  async wait(ms: number): Promise<void> {
    if (!this.#pending) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms)
        this.#wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
    this.#wake = undefined
    this.#pending = false
  }
}
