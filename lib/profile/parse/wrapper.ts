import type { Cursor } from './cursor.ts'
import { isObject } from './object.ts'

/**
 * Documents that hold a profile somewhere inside and are easily taken for one. One issue that says where the profile
 * is helps more than one for every key a profile doesn't have. Reports it and says whether it did.
 */
export const reportWrapper = (at: Cursor): boolean => {
  const { value } = at
  if (!isObject(value) || Object.hasOwn(value, 'defaultAction')) return false
  const linux = member(value, 'linux')
  if (isObject(linux)) {
    const profile = member(linux, 'seccomp')
    if (isObject(profile))
      at.child('linux', 0, linux)
        .child('seccomp', 0, profile)
        .report(
          "this is a container's whole config.json; its profile is this part, linux.seccomp: pass that alone",
          'key',
        )
    else
      at.report("this is a container's config.json, and it has no profile: there is no linux.seccomp in it")
    return true
  }
  const spec = member(value, 'spec')
  if (isObject(spec) && Object.hasOwn(spec, 'defaultAction')) {
    at.child('spec', 0, spec).report(
      'this is a Kubernetes resource; its profile is this part, spec: pass that alone',
      'key',
    )
    return true
  }
  return false
}

const member = (object: Readonly<Record<string, unknown>>, key: string): unknown =>
  Object.hasOwn(object, key) ? object[key] : undefined
