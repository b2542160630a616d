import { access, constants } from 'node:fs/promises'

/** Whether this file exists and this user may run it. */
export async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
}
