// addon-arguments.cjs ADDON SEED ROUNDS: calls the addon's functions with arguments of all kinds, and tells how often each
// took them, refused them by a TypeError, or got an errno. None does anything: no filter among them is one that the
// kernel takes, no block one that can be executed, and no thread or descriptor is anybody's.
const [, , path, seed, rounds] = process.argv
const addon = require(path)

let state = Number(seed) >>> 0
const below = (limit) => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0
  return Math.floor((state / 2 ** 32) * limit)
}
const of = (choices) => choices[below(choices.length)]

const bytes = (size) => Uint8Array.from({ length: size }, () => below(256))
const things = [
  () => undefined,
  () => null,
  () => of([NaN, Infinity, -1, 0.5, 2 ** 32, 2 ** 53, -0]),
  () => 10n,
  () => Symbol('x'),
  () => ({}),
  () => new Uint16Array(4),
  () => new DataView(new ArrayBuffer(8)),
  () => new Proxy(new Uint8Array(8), {}),
  () => of([true, false]),
  () => 'x'.repeat(of([0, 1, 248, 249, 250, 4096])),
  () => '\u{1f600}'.repeat(of([1, 62, 63])),
  () => bytes(of([0, 1, 7, 8, 32, 33, 4096])),
]
const anything = () => of(things)()

// A return of a register that holds nothing known is refused, and so is a filter whose size is none.
const noFilter = () => of([bytes(below(8)), new Uint8Array(0), Uint8Array.of(6, 1, 0, 0, 0, 0, 0, 0)])
// Its words name strings beyond its end, or it is cut off.
const noBlock = () => {
  const block = bytes(of([0, 8, 24, 31, 32, 40, 64, 200]))
  if (below(2) && block.length) block[block.length - 1] = 0
  for (let at = 0; at + 8 <= block.length; at += 8) if (below(3)) block.fill(255, at + 2, at + 8)
  return below(2) ? block : block.subarray(1)
}
const nobody = () => of([0, 0x7fffffff, 0xffffffff])
const kept = {
  install: () => [noFilter(), of([0, 1, 2, 0xffffffff]), false],
  sealedMemfd: () => [of(['', 'name', 'n'.repeat(249)]), bytes(below(100))],
  sharedMemfd: () => ['name', of([0, 1, 4096, 0xffffffff])],
  execute: () => [noBlock()],
  readFilters: () => [nobody(), of([true, false])],
  releaseThread: () => [nobody(), of([true, false])],
  setCloseOnExec: () => [of([100_000, 0xffffffff]), true],
  inode: () => [of([0, 1, 100_000, 0xffffffff])],
  // It closes what it is given: a pipe, or nothing.
  endOfPipe: () => of([() => addon.pipe(), () => [100_000, 100_000], () => ['x', 100_000], () => []])(),
  actionAvailable: () => [below(2 ** 32)],
  probeFlags: () => [below(2 ** 32)],
}
// Only these give a descriptor.
const opens = new Set(['sealedMemfd', 'sharedMemfd', 'openAuditLog', 'pipe'])
// A number alone could be somebody's thread or descriptor.
const onlyKept = new Set(['endOfPipe'])
const needsCare = new Set(['install', 'execute', 'readFilters', 'releaseThread', 'setCloseOnExec'])

const { closeSync } = require('node:fs')
const tally = {}
const count = (name, what) => {
  tally[name] ??= { taken: 0, refused: 0, errno: 0 }
  tally[name][what]++
}
for (let round = 0; round < Number(rounds); round++) {
  const name = of(Object.keys(addon))
  const args =
    kept[name] && (onlyKept.has(name) || below(3)) ? kept[name]() : Array.from({ length: below(4) }, anything)
  if (needsCare.has(name) && !kept[name]) continue
  try {
    const answer = addon[name](...args)
    count(name, typeof answer === 'number' && answer < 0 ? 'errno' : 'taken')
    if (opens.has(name)) for (const descriptor of [answer].flat()) if (descriptor > 2) closeSync(descriptor)
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    count(name, 'refused')
  }
}
console.log(JSON.stringify(tally))
