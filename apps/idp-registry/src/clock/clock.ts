/** The two times that decisions read. An abstract class, to serve as injection token. */
export abstract class Clock {
  /** Wall time: for what is stored, shown or compared with what others stored. It may jump. */
  abstract now(): Date

  /** Milliseconds that only ever grow, from an arbitrary start: for waiting and for distances within this process. */
  abstract monotonicMs(): number
}

export class SystemClock extends Clock {
  now(): Date {
    return new Date()
  }

  monotonicMs(): number {
    return performance.now()
  }
}
