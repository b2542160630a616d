export const MERGE_PATCH_MEDIA_TYPE = 'application/merge-patch+json'

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * The target after a JSON Merge Patch (RFC 7396): null removes a member, objects merge, everything else replaces. The
 * target is not changed. The result has to be checked: a patch may remove what is required.
 */
export function applyMergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch
  const result = new Map(isObject(target) ? Object.entries(target) : [])
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) result.delete(name)
    else result.set(name, applyMergePatch(result.get(name), value))
  }
  return Object.fromEntries(result)
}
