/**
 * A stop signal that fires after a time or with a parent signal, whichever is first. `end` must be called: it takes timer and listener back,
 * so that a parent that lives as long as the process collects nothing.
 */
export class Deadline {
  readonly #controller = new AbortController()
  readonly #timer: NodeJS.Timeout
  readonly #parent: AbortSignal | undefined
  readonly #stop = (): void => {
    this.#controller.abort()
  }

  constructor(afterMs: number, parent?: AbortSignal) {
    this.#parent = parent
    this.#timer = setTimeout(this.#stop, afterMs)
    if (parent?.aborted === true) this.#stop()
    else parent?.addEventListener('abort', this.#stop)
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  end(): void {
    clearTimeout(this.#timer)
    this.#parent?.removeEventListener('abort', this.#stop)
  }
}

/** Runs `onStop` when the signal fires, or shortly if it has fired; never before this returns. Returns what takes the listener back. */
export function whenStopped(signal: AbortSignal, onStop: () => void): () => void {
  if (signal.aborted) queueMicrotask(onStop)
  else signal.addEventListener('abort', onStop, { once: true })
  return () => {
    signal.removeEventListener('abort', onStop)
  }
}
