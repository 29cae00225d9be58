import { BrokerLog } from './broker-log.ts';
import type { GatewayProcessOptions } from './process.ts';
import { TestGatewayServer } from './server.ts';

/** `node process-main.ts OPTIONS`: a test gateway in front of a broker, until SIGTERM. */
const { connection, ...options } = JSON.parse(process.argv[2] ?? '{}') as GatewayProcessOptions;
const log = new BrokerLog(connection);
const server = new TestGatewayServer({ ...options, log });
await server.start();
process.on('SIGTERM', () => {
  void server
    .kill()
    .then(() => log.close())
    .finally(() => process.exit(0));
});
