/** The pool's process: tasks come over the channel, and their results go back. */
import { Piscina } from 'piscina'

const pool = new Piscina({
  filename: new URL('attempts.js', import.meta.url).href,
  name: 'attempt',
  maxThreads: 2,
})
process.on('message', async ({ id, task }) => process.send({ id, result: await pool.run(task) }))
process.once('disconnect', () => pool.destroy())
