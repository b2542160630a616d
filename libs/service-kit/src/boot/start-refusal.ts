/** Why a service cannot start, as one sentence that says what to do. It ends the process with status 1. */
export class StartRefusal extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'StartRefusal'
  }
}
