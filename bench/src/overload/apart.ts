import { spawnSync } from 'node:child_process'
import { cpus } from 'node:os'

/**
 * Gives the measured process a processor of its own and everything of this one another, so that whoever sends the load takes no time from
 * whoever answers it. Needs `taskset` (util-linux) and two processors.
 *
 * @returns whether that was possible
 */
export function keepApart(measuredPid: number): boolean {
  return cpus().length > 1 && pin(measuredPid, 0) && pin(process.pid, 1)
}

function pin(pid: number, processor: number): boolean {
  return spawnSync('taskset', ['-acp', String(processor), String(pid)], { stdio: 'ignore' }).status === 0
}
