// A real atproto network on loopback: PLC, PDS and AppView of @atproto/dev-env. Started by
// network.py in the folder where that package is installed; its first line is its addresses.
import net from 'node:net'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

const listen = net.Server.prototype.listen
net.Server.prototype.listen = function (...args) {
  if (typeof args[0] === 'number') {
    const rest = args.slice(1).filter((each) => typeof each !== 'string')
    return listen.call(this, args[0], '127.0.0.1', ...rest)
  }
  if (args[0] && typeof args[0] === 'object' && args[0].port !== undefined) {
    return listen.call(this, { ...args[0], host: '127.0.0.1' }, ...args.slice(1))
  }
  return listen.apply(this, args)
}

const require = createRequire(`${process.cwd()}/package.json`)
const { TestNetwork } = await import(pathToFileURL(require.resolve('@atproto/dev-env')).href)
const [plc, pds, bsky, ozone] = process.env.PORTS.split(',').map(Number)
const network = await TestNetwork.create({
  plc: { port: plc },
  pds: { port: pds, hostname: 'localhost', rateLimitsEnabled: true },
  bsky: { port: bsky, dbPostgresSchema: `${process.env.DB_POSTGRES_SCHEMA}_bsky` },
  ozone: { port: ozone },
})
console.log(JSON.stringify({ ready: true, pds: network.pds.url, appview: network.bsky.url }))
process.stdin.resume()
process.stdin.on('end', async () => {
  await network.close().catch(() => {})
  process.exit(0)
})
