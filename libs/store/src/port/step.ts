type Point = 'begun' | 'written' | 'indexed' | 'committed'

/** A point of a write that a crash may separate from the next: `insert.begun`. `committed`: from here on the write is durable. */
export type StoreStep = `${string}.${Point}`

const indexedWrite = ['begun', 'written', 'indexed', 'committed'] as const

/** Every point of the writes of a document, in their order, for tests that end a process at each of them. */
export const documentSteps: readonly StoreStep[] = [
  ...(['insert', 'replace', 'remove'] as const).flatMap((write) => indexedWrite.map((point): StoreStep => `${write}.${point}`)),
  'advance.begun',
  'advance.written',
  'advance.committed',
  'mark-published.begun',
  'mark-published.written',
  'mark-published.committed',
]

/** Called at each point of a write, on the thread that writes. Only tests set it. */
export type StepHook = (step: StoreStep) => void
