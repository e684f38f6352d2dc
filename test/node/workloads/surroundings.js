// What a workload finds around it; partner.js has put it there.

/** Set by who plays the workload: where a server for it listens, and how to be told that it listens itself. */
export const partner = () => Number(process.env.PARTNER_PORT)
export const listening = (port) => console.log(`listening ${port}`)
/** What partner.js has put there: file, link, module.mjs, module.cjs, worker.mjs, child.cjs. */
export const scratch = () => process.env.SCRATCH
