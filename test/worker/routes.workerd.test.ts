/** The tests of the routes once more, inside workerd: its requests, answers and keys are not Node's. */
import './auth.test.ts';
import './auth-origin.test.ts';
import './auth-session.test.ts';
import './routes-customers.test.ts';
import './routes-openapi.test.ts';
import './routes-partitions.test.ts';
import './routes-problems.test.ts';
import './routes-service.test.ts';
import './routes-sockets.test.ts';
import './routes-topology.test.ts';
