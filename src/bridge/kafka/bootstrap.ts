import { type Base, type Connection, kGetBootstrapConnection } from '@platformatic/kafka';

/**
 * A client that begins with another broker once the one it has asked in general matters (who leads what, who coordinates a group) was lost. (The library begins with the first of
 * its list each time, and takes the next only where no connection comes about: one that takes connections and does not answer would be asked for ever; 2.12.1.)
 */
export function takesNextBroker<Client extends Base>(client: Client): Client {
  const connect: Base[typeof kGetBootstrapConnection] = client[kGetBootstrapConnection].bind(client);
  const known = new WeakSet<Connection>();
  let turn = 0;
  client[kGetBootstrapConnection] = (callback, attempt = 0) =>
    connect((error, connection) => {
      if (connection !== undefined && !known.has(connection)) {
        known.add(connection);
        // A request that times out ends its connection.
        connection.once('close', () => {
          turn++;
        });
      }
      callback(error, connection);
    }, attempt + turn);
  return client;
}
