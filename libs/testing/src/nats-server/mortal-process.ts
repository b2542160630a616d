import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { type Readable, type Writable } from 'node:stream'

/**
 * A shell that becomes the program (`exec`, so that the pid is the program's) and leaves a watcher behind, which reads
 * the shell's standard input. Its end means that this process is gone, however it went; the watcher then kills its
 * process group. The group's id cannot be taken by another process while the watcher lives.
 */
const wrapper = 'exec 3<&0; (cat <&3 >/dev/null; kill -KILL -$$) & exec 3<&-; exec "$0" "$@" </dev/null'

/** A child process that ends when this process does, even by SIGKILL. Close its `stdin` once it has ended. */
export function spawnMortal(program: string, args: readonly string[]): ChildProcessByStdio<Writable, Readable, Readable> {
  return spawn('/bin/sh', ['-c', wrapper, program, ...args], { detached: true, stdio: ['pipe', 'pipe', 'pipe'] })
}
