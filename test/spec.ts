/** `npm run spec`: the rules of `test/SPEC.md` that no test names. Exit 1 where there are any. */
import { reportHere } from './support/rules.ts';

const { missing, wrong, rules } = reportHere();
for (const id of missing) console.log(`${id}: no test names it`);
for (const fault of wrong) console.log(fault);
console.log(`${rules - missing.length} of ${rules} rules have a test.`);
process.exitCode = missing.length + wrong.length > 0 ? 1 : 0;
