/** The stack cannot start or go on; the message is one sentence for the operator and says what to do. */
export class StackFailure extends Error {
  override readonly name = 'StackFailure'
}
