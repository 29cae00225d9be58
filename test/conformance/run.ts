/** `npm run conformance -- FILE...` */
import { runConformance } from './cli.ts';

process.exitCode = runConformance(process.argv.slice(2), console.log, console.error);
