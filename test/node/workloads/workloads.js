// What Node programs do, one thing each. A workload first makes itself ready, as a program does before it is confined,
// and returns the work that is recorded, or tried under a preset; the value that the work gives says that it was done.
export * from './computing.js'
export * from './files.js'
export * from './insight.js'
export * from './network.js'
export * from './processes.js'
