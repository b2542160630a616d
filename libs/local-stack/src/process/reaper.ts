// A process of its own that outlives the launcher just long enough to end what it started. It learns of children by
// lines on its standard input (`+<pid>`, `-<pid>`); the end of that input means that the launcher is gone, however it
// went. It runs in its own process group, so that Ctrl-C in a terminal does not take it along.
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'

const GRACE_MS = 8_000
const POLL_MS = 50

const children = new Set<number>()

const lines = createInterface({ input: process.stdin })
lines.on('line', (line) => {
  const pid = Number(line.slice(1))
  if (!Number.isSafeInteger(pid) || pid <= 1) return
  if (line.startsWith('+')) children.add(pid)
  else children.delete(pid)
})
lines.on('close', () => {
  void reap()
})

async function reap(): Promise<void> {
  signalAll('SIGTERM')
  const deadline = Date.now() + GRACE_MS
  while (anyAlive() && Date.now() < deadline) await delay(POLL_MS)
  signalAll('SIGKILL')
  process.exit(0)
}

function signalAll(signal: NodeJS.Signals): void {
  for (const pid of children) {
    try {
      process.kill(pid, signal)
    } catch {
      children.delete(pid) // it has ended by itself
    }
  }
}

function anyAlive(): boolean {
  for (const pid of children) {
    try {
      process.kill(pid, 0)
    } catch {
      children.delete(pid)
    }
  }
  return children.size > 0
}
