// Workloads with sockets.
import { once } from 'node:events'
import { join } from 'node:path'
import { listening, partner, scratch } from './surroundings.js'

/** Serves one request of the partner. */
export const httpServer = async () => {
  const { createServer } = await import('node:http')
  return async () => {
    const server = createServer((_, response) => response.end('served')).listen(0, '127.0.0.1')
    await once(server, 'listening')
    listening(server.address().port)
    const [request] = await once(server, 'request')
    await once(request.socket, 'close')
    server.close()
    return request.method
  }
}

/** Fetches from the partner, whose address needs no looking up. */
export const httpClient = async () => {
  const { get } = await import('node:http')
  return async () => {
    const [response] = await once(get({ host: '127.0.0.1', port: partner(), agent: false }), 'response')
    response.setEncoding('utf8')
    let text = ''
    for await (const chunk of response) text += chunk
    return text
  }
}

/** The same by name, with WebAssembly and a thread of the pool. */
export const fetch_ = () => async () => {
  const response = await fetch(`http://localhost:${partner()}/`, { headers: { connection: 'close' } })
  return response.text()
}

/** A name of the hosts file, one by the resolver of the system, one by Node's own. */
export const dns = async () => {
  const { promises, Resolver } = await import('node:dns')
  const resolver = new promises.Resolver({ timeout: 300, tries: 1 })
  resolver.setServers([`127.0.0.1:${process.env.PARTNER_DNS}`])
  new Resolver()
  return async () => [(await promises.lookup('localhost')).family > 0, await resolver.resolve4('name.test')]
}

export const udp = async () => {
  const { createSocket } = await import('node:dgram')
  return async () => {
    const socket = createSocket('udp4')
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
    socket.setBroadcast(true)
    socket.setTTL(3)
    socket.setRecvBufferSize(4096)
    socket.send('datagram', socket.address().port, '127.0.0.1')
    const [message] = await once(socket, 'message')
    socket.close()
    return String(message)
  }
}

export const unixSocket = async () => {
  const { connect, createServer } = await import('node:net')
  const path = join(scratch(), 'socket')
  return async () => {
    const server = createServer((socket) => socket.end('served')).listen(path)
    await once(server, 'listening')
    const client = connect(path)
    await once(client, 'connect')
    const [text] = await once(client.setEncoding('utf8'), 'data')
    client.destroy()
    server.close()
    return text
  }
}
