/**
 * Loaded into every Node process of a contained command (`--import`): sockets are refused, with a message that says so.
 * A program that wants to can undo this; it keeps honest programs honest, no more.
 */
import dgram from "node:dgram";
import dns from "node:dns";
import { syncBuiltinESMExports } from "node:module";
import net from "node:net";

function refuse() {
  const error = new Error("network refused: tests run without one");
  error.code = "EACCES";
  throw error;
}

net.Socket.prototype.connect = refuse;
net.Server.prototype.listen = refuse;
dgram.createSocket = refuse;
for (const api of [dns, dns.promises]) {
  for (const name of Object.keys(api)) {
    if (/^(lookup|resolve|reverse)/.test(name) && typeof api[name] === "function") api[name] = refuse;
  }
}
syncBuiltinESMExports();
