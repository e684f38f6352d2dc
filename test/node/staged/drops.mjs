// The same as an ES module.
import { drop, violations } from 'seccomp'
import dropInChild from './drop-in-child.cjs'

dropInChild(drop, violations)
