// An ES module by nothing but its syntax: neither its name nor its package says so.
import { readFileSync } from 'node:fs'

let found
try {
  found = readFileSync(process.argv[1]).length > 0
} catch ({ code }) {
  found = code
}
process.send({ found }, () => process.disconnect())
